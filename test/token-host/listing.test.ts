/** Reading the objects of a token takes its time, and holds nobody up. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AES_256 } from '../../src/token-host/protocol/key-order.js';
import { makeTokenBench, type TokenBench } from '../support/token-bench.js';
import { soon } from '../support/waiting.js';

const aad = Buffer.from('context');
const plaintext = Buffer.from('plaintext');
const KEYS = 300;
/** What reading all of them takes at this delay is more than a start may keep silent. */
const SLOW = 'delay C_GetAttributeValue 15000';
const START_TIMEOUT_MS = 4000;

describe('a slow token with many objects', () => {
  let bench: TokenBench;
  beforeEach(async () => {
    bench = await makeTokenBench();
    const client = bench.client();
    await client.start(bench.token.pin);
    for (let key = 0; key < KEYS; key += 1) {
      await client.call('generateKey', `key${key}`, { label: 'kms:k:m', order: AES_256 }, soon());
    }
    await client.stop();
  });
  afterEach(() => bench.dispose());

  it('is connected at once, and finds by need the keys that it has not read yet', async () => {
    await bench.faults.set(SLOW);
    const client = bench.client({ startTimeoutMs: START_TIMEOUT_MS });
    await client.start(bench.token.pin);
    const last = `key${KEYS - 1}`;
    expect(await client.call('encrypt', last, { plaintext, aad }, soon())).toHaveProperty('tag');
    await expect(client.call('encrypt', 'none', { plaintext, aad }, soon())).rejects.toMatchObject({
      kind: 'no-such-key',
    });
    await client.call('generateKey', 'new', { label: 'l', order: AES_256 }, soon());
    await client.call('destroyObject', 'key0', undefined, soon());
    expect(client.has('nobody knows yet')).toBeUndefined();
    await client.listed();
    expect(client.objects().size).toBe(KEYS);
    expect([client.has('new'), client.has('key0'), client.has(last)]).toEqual([true, false, true]);
    expect(await bench.faults.calls('C_Login')).toBe(2);
  });

  it('has one object searched for when its handle is stale, and is not read again', async () => {
    const client = bench.client();
    await client.start(bench.token.pin);
    await client.listed();
    const reads = await bench.faults.calls('C_GetAttributeValue');
    await bench.faults.set(`fail C_EncryptInit ${0x60} 1`);
    expect(await client.call('encrypt', 'key1', { plaintext, aad }, soon())).toHaveProperty('tag');
    expect((await bench.faults.calls('C_GetAttributeValue')) - reads).toBeLessThan(10);
  });

  it('reads each object by one call for its sizes and one for its values', async () => {
    const reads = await bench.faults.calls('C_GetAttributeValue');
    const client = bench.client();
    await client.start(bench.token.pin);
    await client.listed();
    expect((await bench.faults.calls('C_GetAttributeValue')) - reads).toBe(2 * KEYS);
  });
});
