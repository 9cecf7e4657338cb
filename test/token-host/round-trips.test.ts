import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TokenClient } from '../../src/token-host/client/client.js';
import { AES_256 } from '../../src/token-host/protocol/key-order.js';
import { makeTokenBench, type TokenBench } from '../support/token-bench.js';
import { soon } from '../support/waiting.js';

const aad = Buffer.from('context');

describe('a token client', () => {
  let bench: TokenBench;
  let client: TokenClient;

  beforeAll(async () => {
    bench = await makeTokenBench();
    client = bench.client();
    await client.start(bench.token.pin);
    await client.call('generateKey', 'key1', { label: 'kms:k:m', order: AES_256 }, soon());
    await client.call('generateKey', 'key2', { label: 'kms:k:n', order: AES_256 }, soon());
  });
  afterAll(() => bench.dispose());

  it.each([1, 16, 4096, 100_000])('encrypts and decrypts %i bytes', async (length) => {
    const plaintext = Buffer.alloc(length, 0x5a);
    const sealed = await client.call('encrypt', 'key1', { plaintext, aad }, soon());
    expect(sealed.iv).toHaveLength(12);
    expect(sealed.tag).toHaveLength(16);
    expect(sealed.ciphertext).toHaveLength(length);
    expect(sealed.ciphertext.equals(plaintext)).toBe(false);
    expect(await client.call('decrypt', 'key1', { ...sealed, aad }, soon())).toEqual(plaintext);
  });

  it('takes an empty AAD', async () => {
    const plaintext = Buffer.from('no context');
    const none = Buffer.alloc(0);
    const sealed = await client.call('encrypt', 'key1', { plaintext, aad: none }, soon());
    expect(await client.call('decrypt', 'key1', { ...sealed, aad: none }, soon())).toEqual(
      plaintext,
    );
  });

  it('never uses an IV twice', async () => {
    const plaintext = Buffer.from('same');
    const calls = Array.from({ length: 200 }, () =>
      client.call('encrypt', 'key1', { plaintext, aad }, soon()),
    );
    const ivs = (await Promise.all(calls)).map(({ iv }) => iv.toString('hex'));
    expect(new Set(ivs).size).toBe(ivs.length);
  });

  it.each(['iv', 'ciphertext', 'tag', 'aad', 'key'] as const)(
    'refuses a ciphertext with another %s as the caller’s error',
    async (part) => {
      const plaintext = Buffer.from('plaintext');
      const good = { ...(await client.call('encrypt', 'key1', { plaintext, aad }, soon())), aad };
      const bad = part === 'key' ? good : { ...good, [part]: Buffer.alloc(good[part].length) };
      const call = client.call('decrypt', part === 'key' ? 'key2' : 'key1', bad, soon());
      await expect(call).rejects.toMatchObject({ name: 'TokenError', action: 'caller' });
      expect(await client.call('decrypt', 'key1', good, soon())).toEqual(plaintext);
    },
  );

  it('refuses what libraries cannot take, before the call', async () => {
    const empty = Buffer.alloc(0);
    const before = await bench.faults.calls('C_EncryptInit');
    await expect(
      client.call('encrypt', 'key1', { plaintext: empty, aad }, soon()),
    ).rejects.toMatchObject({
      code: 'CKR_DATA_LEN_RANGE',
    });
    expect(await bench.faults.calls('C_EncryptInit')).toBe(before);
    const short = { iv: Buffer.alloc(12), ciphertext: Buffer.alloc(1), tag: Buffer.alloc(15), aad };
    await expect(client.call('decrypt', 'key1', short, soon())).rejects.toMatchObject({
      code: 'CKR_ENCRYPTED_DATA_LEN_RANGE',
    });
    const huge = { plaintext: Buffer.alloc(2 ** 20), aad };
    await expect(client.call('encrypt', 'key1', huge, soon())).rejects.toMatchObject({
      kind: 'invalid',
    });
  });

  it('draws random bytes', async () => {
    const [a, b] = await Promise.all([
      client.call('random', undefined, { length: 32 }, soon()),
      client.call('random', undefined, { length: 32 }, soon()),
    ]);
    expect(a).toHaveLength(32);
    expect(a.equals(b)).toBe(false);
    await expect(client.call('random', undefined, { length: 0 }, soon())).rejects.toThrow(
      RangeError,
    );
  });

  it('knows its objects, and forgets one that is destroyed', async () => {
    await client.call('generateKey', 'gone', { label: 'kms:gone', order: AES_256 }, soon());
    expect(client.has('gone')).toBe(true);
    expect(client.objects().get('gone')).toEqual({
      label: 'kms:gone',
      objectClass: 'secret',
      keyType: 0x1f,
    });
    expect(await client.call('findObject', 'gone', undefined, soon())).toEqual(
      client.objects().get('gone'),
    );
    expect(await client.call('destroyObject', 'gone', undefined, soon())).toBe(true);
    expect(client.has('gone')).toBe(false);
    expect(await client.call('destroyObject', 'gone', undefined, soon())).toBe(false);
    expect(await client.call('findObject', 'gone', undefined, soon())).toBeUndefined();
    const call = client.call('encrypt', 'gone', { plaintext: aad, aad }, soon());
    await expect(call).rejects.toMatchObject({ kind: 'no-such-key' });
  });

  it('will not make a second key with the same CKA_ID', async () => {
    const call = client.call('generateKey', 'key1', { label: 'again', order: AES_256 }, soon());
    await expect(call).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('reads the objects of a token that it did not make', async () => {
    const other = bench.client();
    await other.start(bench.token.pin);
    await other.listed();
    expect([...other.objects().keys()].sort()).toEqual(['key1', 'key2']);
  });

  it('makes keys that another tool sees as sensitive and never extractable', async () => {
    const { module, pin, env } = bench.token;
    const args = ['--module', module, '--login', '--pin', pin, '--list-objects'];
    const run = promisify(execFile);
    const { stdout } = await run('pkcs11-tool', args, { env: { ...process.env, ...env } });
    const access = stdout.match(/Access: .*/g) ?? [];
    expect(access.length).toBeGreaterThanOrEqual(2);
    for (const line of access) {
      expect(line).toMatch(/sensitive, always sensitive, never extractable/);
    }
    expect(stdout).toMatch(/Usage: +encrypt, decrypt\n/);
  });
});
