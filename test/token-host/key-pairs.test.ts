import { execFile } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TokenClient } from '../../src/token-host/client/client.js';
import type { KeyOrder } from '../../src/token-host/protocol/key-order.js';
import type { ResultOf } from '../../src/token-host/protocol/token-calls.js';
import { makeTokenBench, type TokenBench } from '../support/token-bench.js';
import { soon } from '../support/waiting.js';

const run = promisify(execFile);

/** As pkcs11-tool shows it: type, usage of the private (or secret) half, of the public half. */
type Row = [order: KeyOrder, type: RegExp, usage: string, publicUsage?: string];

// It does not show that a secret key may sign.
const ROWS: Row[] = [
  [{ keyType: 'aes', purpose: 'encrypt', bytes: 32 }, /AES length 32/, 'encrypt, decrypt'],
  [{ keyType: 'hmac', purpose: 'mac', bytes: 28 }, /Generic secret length 28/, 'none'],
  [{ keyType: 'hmac', purpose: 'mac', bytes: 64 }, /Generic secret length 64/, 'none'],
  [{ keyType: 'rsa', purpose: 'sign', bytes: 256 }, /RSA/, 'sign', 'verify'],
  [{ keyType: 'rsa', purpose: 'encrypt', bytes: 384 }, /RSA/, 'decrypt', 'encrypt'],
  [{ keyType: 'ec', purpose: 'sign', bytes: 32, curve: 'secp256k1' }, /EC/, 'sign', 'verify'],
  [{ keyType: 'ec', purpose: 'derive', bytes: 66, curve: 'secp521r1' }, /EC/, 'derive', 'none'],
  [{ keyType: 'ed25519', purpose: 'sign', bytes: 32 }, /EC_EDWARDS/, 'sign', 'verify'],
];

describe.each(ROWS)('a key for %o', (order, type, usage, publicUsage) => {
  const ckaId = 'abcdef0123456789';
  let bench: TokenBench;
  let client: TokenClient;
  let jwk: ResultOf<'generateKey'>;

  beforeAll(async () => {
    bench = await makeTokenBench();
    client = bench.client();
    await client.start(bench.token.pin);
    jwk = await client.call('generateKey', ckaId, { label: 'kms:k:m', order }, soon());
  });
  afterAll(() => bench.dispose());

  async function shown(): Promise<string[]> {
    const { module, pin, env } = bench.token;
    const args = ['--module', module, '--login', '--pin', pin, '--list-objects'];
    const { stdout } = await run('pkcs11-tool', args, { env: { ...process.env, ...env } });
    return stdout.split(/(?=^(?:Private|Public|Secret) Key Object)/m).filter(Boolean);
  }

  it('is seen by another tool as sensitive, never extractable and of this usage only', async () => {
    const objects = await shown();
    expect(objects).toHaveLength(publicUsage === undefined ? 1 : 2);
    const key = objects.find((text) => !text.startsWith('Public'));
    expect(key).toMatch(type);
    expect(key).toMatch(/Access: +sensitive, always sensitive, never extractable, local\n/);
    expect(key).toMatch(new RegExp(`Usage: +${usage}\\n`));
    const half = objects.find((text) => text.startsWith('Public'));
    if (publicUsage !== undefined) expect(half).toMatch(new RegExp(`Usage: +${publicUsage}\\n`));
    for (const text of objects) {
      expect(text).toMatch(/label: +kms:k:m/);
      expect(text).toMatch(new RegExp(`ID: +${Buffer.from(ckaId).toString('hex')}`));
    }
  });

  it('comes with its public half, or none', async () => {
    if (publicUsage === undefined) {
      expect(jwk).toBeUndefined();
      return;
    }
    const key = createPublicKey({ format: 'jwk', key: jwk ?? {} });
    const { modulusLength, publicExponent, namedCurve } = key.asymmetricKeyDetails ?? {};
    if (order.keyType === 'rsa') {
      expect({ modulusLength, publicExponent }).toEqual({
        modulusLength: order.bytes * 8,
        publicExponent: 65537n,
      });
    } else if (order.keyType === 'ec') {
      expect(namedCurve).toBe(order.curve);
    } else {
      expect(key.asymmetricKeyType).toBe('ed25519');
    }
    // What the token itself keeps is the same key.
    const { module, pin, env } = bench.token;
    const read = ['--read-object', '--type', 'pubkey', '--label', 'kms:k:m'];
    if (order.keyType === 'ed25519') return;
    const { stdout } = await run(
      'pkcs11-tool',
      ['--module', module, '--login', '--pin', pin, ...read],
      { env: { ...process.env, ...env }, encoding: 'buffer' },
    );
    expect(key.export({ type: 'spki', format: 'der' })).toEqual(stdout);
  });

  it('is one key in the map of objects, and is destroyed whole', async () => {
    expect(client.has(ckaId)).toBe(true);
    expect(client.objects().get(ckaId)?.objectClass).toBe(
      publicUsage === undefined ? 'secret' : 'private',
    );
    expect(await client.call('destroyObject', ckaId, undefined, soon())).toBe(true);
    expect(client.has(ckaId)).toBe(false);
    expect((await shown()).filter((text) => /Key Object/.test(text))).toEqual([]);
  });
});
