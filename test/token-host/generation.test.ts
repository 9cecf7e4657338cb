import { execFile } from 'node:child_process';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TokenClient } from '../../src/token-host/client/client.js';
import { AES_256 } from '../../src/token-host/protocol/key-order.js';
import { makeTokenBench, type TokenBench } from '../support/token-bench.js';
import { soon, whenState } from '../support/waiting.js';
import { makePair, ORDERS, type OrderName, pointOf } from './orders.js';

const CKA_CLASS = 0x00;
const CKA_SENSITIVE = 0x103;
const CKA_MODULUS = 0x120;
const CKA_PUBLIC_EXPONENT = 0x122;
const CKA_EXTRACTABLE = 0x162;
const CKA_NEVER_EXTRACTABLE = 0x164;
const CKA_EC_POINT = 0x181;
const CKO_DATA = 0;

let bench: TokenBench;
let client: TokenClient;
beforeEach(async () => {
  bench = await makeTokenBench();
  client = bench.client();
  await client.start(bench.token.pin);
  await client.listed();
});
afterEach(() => bench.dispose());

/** How many objects of any class another process finds in the token. */
async function objectsLeft(): Promise<number> {
  await bench.faults.clear();
  const before = await bench.faults.calls('C_DestroyObject');
  await client.call('destroyObject', 'key', undefined, soon());
  return (await bench.faults.calls('C_DestroyObject')) - before;
}

describe.each([
  ['aes', 'C_GenerateKey', 1],
  ['ecSign', 'C_GenerateKeyPair', 2],
  ['ed25519', 'C_GenerateKeyPair', 2],
] as const)('making a key: %s', (name, f, objects) => {
  const generate = () =>
    client.call('generateKey', 'key', { label: 'l', order: ORDERS[name] }, soon());

  it.each([
    ['not sensitive', CKA_SENSITIVE, 0],
    ['extractable', CKA_EXTRACTABLE, 1],
    ['once extractable', CKA_NEVER_EXTRACTABLE, 0],
    ['no key', CKA_CLASS, CKO_DATA],
  ])('that turns out to be %s fails and leaves none', async (_what, attribute, value) => {
    await bench.faults.set(`lie ${attribute} ${value}`);
    await expect(generate()).rejects.toMatchObject({ kind: 'unsafe-object' });
    expect(client.has('key')).toBe(false);
    expect(await objectsLeft()).toBe(0);
  });

  it.each([
    ['CKR_SESSION_HANDLE_INVALID', 0xb3],
    ['CKR_GENERAL_ERROR', 0x05],
    ['CKR_USER_NOT_LOGGED_IN', 0x101],
  ])('whose answer %s is wrong makes one key, not two', async (_code, rv) => {
    await bench.faults.set(`failafter ${f} ${rv} 1`);
    await generate();
    expect(client.has('key')).toBe(true);
    expect(await bench.faults.calls(f)).toBe(1);
    expect(await objectsLeft()).toBe(objects);
  });

  it('that the token will not describe any more makes no second one either', async () => {
    await bench.faults.set(`fail C_GetAttributeValue ${0x05} 1`);
    await generate();
    expect(await objectsLeft()).toBe(objects);
  });

  it('with an answer that ends the host leaves what destroyObject takes away whole', async () => {
    await bench.faults.set(`failafter ${f} ${0x30}`);
    await expect(generate()).rejects.toMatchObject({ name: 'TokenError' });
    await bench.faults.clear();
    await whenState(client, 'ready');
    expect(await objectsLeft()).toBe(objects);
    expect(await client.call('findObject', 'key', undefined, soon())).toBeUndefined();
  });
});

describe('a pair', () => {
  it.each([
    ['a short modulus', 'rsaSign', CKA_MODULUS, 0],
    ['another exponent', 'rsaSign', CKA_PUBLIC_EXPONENT, 3],
    ['a compressed point', 'ecSign', CKA_EC_POINT, 2],
    ['a point that is wrapped in something else', 'ed25519', CKA_EC_POINT, 3],
  ] as const)('with %s is destroyed', async (_what, name: OrderName, attribute, value) => {
    await bench.faults.set(`lie ${attribute} ${value}`);
    const call = client.call('generateKey', 'key', { label: 'l', order: ORDERS[name] }, soon());
    await expect(call).rejects.toMatchObject({ kind: 'unsafe-object' });
    expect(await objectsLeft()).toBe(0);
  });

  describe('that an earlier attempt may have made', () => {
    const attempt = async (): Promise<KeyObject> => {
      await bench.faults.set(`fail C_GenerateKeyPair ${0xb3} 1`);
      return makePair(client, 'ecSign', 'key');
    };
    let made: KeyObject;
    // Behind the client's back, as by an attempt whose answer was lost.
    beforeEach(async () => {
      const other = bench.client();
      await other.start(bench.token.pin);
      made = await makePair(other, 'ecSign', 'key');
    });

    it('is taken up when it is whole', async () => {
      expect((await attempt()).equals(made)).toBe(true);
      expect(await objectsLeft()).toBe(2);
    });

    it.each(['pubkey', 'privkey'])('is made anew when its %s is missing', async (half) => {
      const { module, pin, env } = bench.token;
      const id = Buffer.from('key').toString('hex');
      const remove = ['--delete-object', '--type', half, '--id', id];
      await promisify(execFile)(
        'pkcs11-tool',
        ['--module', module, '--login', '--pin', pin, ...remove],
        { env: { ...process.env, ...env } },
      );
      expect((await attempt()).equals(made)).toBe(false);
      expect(await objectsLeft()).toBe(2);
    });
  });

  it('beside signing, agreeing and searching disturbs nobody and leaves no orphan', async () => {
    await makePair(client, 'ecSign');
    const peer = pointOf(await makePair(client, 'ecDerive'));
    const known = client.objects().size;
    const input = { scheme: 'ecdsa', hash: 'sha256', input: Buffer.alloc(32, 1) } as const;
    const makers = Array.from({ length: 12 }, async (_, i) => {
      await makePair(client, i % 3 === 0 ? 'rsaSign' : 'ed25519', `new${i}`);
      await client.call('findObject', `new${i}`, undefined, soon());
      expect(await client.call('destroyObject', `new${i}`, undefined, soon())).toBe(true);
    });
    let running = true;
    const users = Array.from({ length: 8 }, async () => {
      let calls = 0;
      for (; running; calls += 1) {
        await client.call('sign', 'ecSign', input, soon());
        await client.call('derive', 'ecDerive', { point: peer, bytes: 48 }, soon());
      }
      return calls;
    });
    await Promise.all(makers);
    running = false;
    expect(Math.min(...(await Promise.all(users)))).toBeGreaterThan(0);
    const other = bench.client();
    await other.start(bench.token.pin);
    await other.listed();
    expect(other.objects().size).toBe(known);
  });
});

describe('making keys', () => {
  it('beside many others leaves no orphan', async () => {
    const ids = Array.from({ length: 60 }, (_, i) => `key${i}`);
    const text = Buffer.from('text');
    await Promise.all(
      ids.map(async (ckaId) => {
        await client.call('generateKey', ckaId, { label: 'l', order: AES_256 }, soon());
        await client.call('findObject', ckaId, undefined, soon());
        await client.call('encrypt', ckaId, { plaintext: text, aad: text }, soon());
        expect(await client.call('destroyObject', ckaId, undefined, soon())).toBe(true);
      }),
    );
    const other = bench.client();
    await other.start(bench.token.pin);
    await other.listed();
    expect(other.objects().size).toBe(0);
  });
});
