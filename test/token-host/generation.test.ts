import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TokenClient } from '../../src/token-host/client.js';
import { makeTokenBench, type TokenBench } from '../support/token-bench.js';
import { soon } from './waiting.js';

const CKA_SENSITIVE = 0x103;
const CKA_EXTRACTABLE = 0x162;
const CKA_NEVER_EXTRACTABLE = 0x164;

describe('making a key', () => {
  let bench: TokenBench;
  let client: TokenClient;
  beforeEach(async () => {
    bench = await makeTokenBench();
    client = bench.client();
    await client.start(bench.token.pin);
  });
  afterEach(() => bench.dispose());

  const generate = () => client.generateAesKey({ ckaId: 'key', label: 'l' }, soon());

  it.each([
    ['not sensitive', CKA_SENSITIVE, 0],
    ['extractable', CKA_EXTRACTABLE, 1],
    ['once extractable', CKA_NEVER_EXTRACTABLE, 0],
  ])('that turns out to be %s fails and leaves none', async (_what, attribute, value) => {
    await bench.faults.set(`lie ${attribute} ${value}`);
    await expect(generate()).rejects.toMatchObject({ kind: 'unsafe-object' });
    await bench.faults.clear();
    expect(client.has('key')).toBe(false);
    expect(await client.findObject('key', soon())).toBeUndefined();
  });

  it.each([
    ['CKR_SESSION_HANDLE_INVALID', 0xb3],
    ['CKR_GENERAL_ERROR', 0x05],
    ['CKR_USER_NOT_LOGGED_IN', 0x101],
  ])('whose answer %s is wrong makes one key, not two', async (_code, rv) => {
    await bench.faults.set(`failafter C_GenerateKey ${rv} 1`);
    await generate();
    const destroyed = await bench.faults.calls('C_DestroyObject');
    const text = Buffer.from('text');
    expect(await client.encrypt('key', { plaintext: text, aad: text }, soon())).toBeDefined();
    expect(await bench.faults.calls('C_GenerateKey')).toBe(1);
    await client.destroyObject('key', soon());
    expect((await bench.faults.calls('C_DestroyObject')) - destroyed).toBe(1);
  });

  it('beside many others leaves no orphan', async () => {
    const ids = Array.from({ length: 60 }, (_, i) => `key${i}`);
    const text = Buffer.from('text');
    await Promise.all(
      ids.map(async (ckaId) => {
        await client.generateAesKey({ ckaId, label: 'l' }, soon());
        await client.findObject(ckaId, soon());
        await client.encrypt(ckaId, { plaintext: text, aad: text }, soon());
        expect(await client.destroyObject(ckaId, soon())).toBe(true);
      }),
    );
    const other = bench.client();
    await other.start(bench.token.pin);
    expect(other.objects().size).toBe(0);
  });
});
