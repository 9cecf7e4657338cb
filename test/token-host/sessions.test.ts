/** How many threads and sessions a host works with: what the library and the token give. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TokenClient } from '../../src/token-host/client/client.js';
import { AES_256 } from '../../src/token-host/protocol/key-order.js';
import { makeTokenBench, type TokenBench } from '../support/token-bench.js';
import { soon } from '../support/waiting.js';

const aad = Buffer.from('context');
const plaintext = Buffer.from('plaintext');

describe('the sessions of a token host', () => {
  let bench: TokenBench;
  beforeEach(async () => {
    bench = await makeTokenBench();
  });
  afterEach(() => bench.dispose());

  async function serves(client: TokenClient): Promise<void> {
    await client.start(bench.token.pin);
    await client.call('generateKey', 'key', { label: 'kms:k:m', order: AES_256 }, soon());
    const calls = Array.from({ length: 64 }, async () => {
      const sealed = await client.call('encrypt', 'key', { plaintext, aad }, soon());
      return client.call('decrypt', 'key', { ...sealed, aad }, soon());
    });
    for (const opened of await Promise.all(calls)) expect(opened).toEqual(plaintext);
    expect(await client.call('destroyObject', 'key', undefined, soon())).toBe(true);
  }

  const LIMITS = [1, 2, 3, 6].flatMap((limit) => [`sessions ${limit}`, `shown ${limit}`]);
  it.each(LIMITS)('with %s answer every call, and no login more', async (limit) => {
    await bench.faults.set(limit, 'delay C_Encrypt 5000');
    await serves(bench.client());
    expect(await bench.faults.calls('C_Login')).toBe(1);
  });

  it('with a library that only one thread can use are that thread’s', async () => {
    await bench.faults.set('unshared');
    await serves(bench.client());
    expect(await bench.faults.calls('C_Login')).toBe(1);
  });

  it.each(['single', 1, 2, 'auto'] as const)(
    'with threads: %s answer every call',
    async (threads) => {
      await bench.faults.set('delay C_Encrypt 5000');
      await serves(bench.client({ threads }));
      const most = { single: 1, auto: bench.settings.sessions + 1 }[threads as string];
      expect(await bench.faults.calls('C_OpenSession')).toBeLessThanOrEqual(
        most ?? Number(threads) + 1,
      );
    },
  );
});
