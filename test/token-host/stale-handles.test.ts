/** A handle is a number that a library may give to another object: none is used beyond its time. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TokenClient } from '../../src/token-host/client/client.js';
import { AES_256 } from '../../src/token-host/protocol/key-order.js';
import { makeTokenBench, type TokenBench } from '../support/token-bench.js';
import { soon } from '../support/waiting.js';

const aad = Buffer.from('context');
const plaintext = Buffer.from('plaintext');

describe('a handle', () => {
  let bench: TokenBench;
  let client: TokenClient;
  beforeEach(async () => {
    bench = await makeTokenBench();
    client = bench.client({ sessions: 2 });
    await client.start(bench.token.pin);
    await client.listed();
    await client.call('generateKey', 'key', { label: 'l', order: AES_256 }, soon());
  });
  afterEach(() => bench.dispose());

  const encrypt = () => client.call('encrypt', 'key', { plaintext, aad }, soon());

  it('is gone for good only when no thread has a call on its key', async () => {
    await encrypt();
    const before = await bench.faults.calls('C_Encrypt');
    await bench.faults.set('delay C_Encrypt 300000');
    const using = encrypt();
    await expect.poll(() => bench.faults.calls('C_Encrypt')).toBe(before + 1);
    const destroyed = client.call('destroyObject', 'key', undefined, soon());
    let sealedFirst = false;
    void using.then(() => {
      sealedFirst = true;
    });
    expect(await destroyed).toBe(true);
    expect(sealedFirst).toBe(true);
    expect(await using).toHaveProperty('tag');
  });

  it('from before a login is not tried, and found anew', async () => {
    await encrypt();
    const inits = await bench.faults.calls('C_EncryptInit');
    await bench.faults.set('epoch 1', 'delay C_EncryptInit 100000');
    // The management thread logs in anew; calls with handles of before are on their way.
    const calls = Array.from({ length: 8 }, encrypt);
    await client.call('findObject', 'key', undefined, soon());
    for (const call of calls) expect(await call).toHaveProperty('tag');
    expect(await bench.faults.calls('C_Login')).toBe(2);
    expect((await bench.faults.calls('C_EncryptInit')) - inits).toBeLessThanOrEqual(8 + 2);
  });
});
