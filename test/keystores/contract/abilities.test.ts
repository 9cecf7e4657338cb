import { describe, expect, expectTypeOf, it } from 'vitest';
import { able, type Signs } from '../../../src/keystores/contract/abilities.js';
import type { KeyStore } from '../../../src/keystores/contract/key-store.js';

/** What every store has, and nothing else. */
const plain: KeyStore = {
  kind: 'token',
  holds: () => true,
  encrypt: () => Promise.reject(new Error('not here')),
  decrypt: () => Promise.reject(new Error('not here')),
};

class Signing implements KeyStore, Signs {
  readonly kind = 'token';
  readonly holds = () => true;
  readonly encrypt = plain.encrypt;
  readonly decrypt = plain.decrypt;

  async sign(): Promise<Buffer> {
    return Buffer.from('signed');
  }
}

describe('able', () => {
  it('finds the ability where it is declared, on the object or on its class', () => {
    const random = async () => Buffer.alloc(1);
    expect(able(new Signing(), 'sign')).toBe(true);
    expect(able({ ...plain, random }, 'random')).toBe(true);
  });

  it('finds none that a store lacks', () => {
    expect(able(plain, 'sign')).toBe(false);
    expect(able(new Signing(), 'mac')).toBe(false);
  });

  it('tells the compiler', () => {
    const store: KeyStore = new Signing();
    expectTypeOf(store).not.toHaveProperty('sign');
    if (able(store, 'sign')) expectTypeOf(store.sign).toEqualTypeOf<Signs['sign']>();
  });
});
