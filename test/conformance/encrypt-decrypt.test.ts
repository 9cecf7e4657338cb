import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeHeader } from '../../src/services/kms/cryptography/ciphertext.js';
import {
  arnOf,
  combinations,
  conformanceServer,
  type TestKey,
} from '../support/faces/conformance-server.js';
import {
  algorithm,
  type Expected,
  expectRefusal,
  incorrectKey,
  invalidCiphertext,
  unknownCiphertextKey,
  validation,
  violation,
} from '../support/faces/refusals.js';

const server = conformanceServer();

const MATERIAL_ID = expect.stringMatching(/^[0-9a-f]{64}$/);
const CONTEXT = { tenant: 'blue', Größe: '☃' };
const NO_RECIPIENT = validation(
  'Recipient is not supported: this server has no Nitro attestation.',
);
const OAEP = 'RSAES_OAEP_SHA_256';

describe.each(combinations)('$store keys over $face', ({ face, store }) => {
  const { call, newKey, newAlias } = server.over(face, store);
  // AWS shows material ids for keys that aren't in a custom key store.
  const materialId = (member: string) => (store === 'software' ? { [member]: MATERIAL_ID } : {});

  async function encrypted(key: TestKey, plaintext = Buffer.from('a secret'), context = CONTEXT) {
    const { CiphertextBlob } = await call('Encrypt', {
      KeyId: key.id,
      Plaintext: plaintext,
      EncryptionContext: context,
    });
    return Buffer.from(CiphertextBlob ?? []);
  }

  it('Encrypt answers the ciphertext, the key ARN and the algorithm', async () => {
    const key = await newKey();
    expect(await call('Encrypt', { KeyId: key.id, Plaintext: Buffer.from('x') })).toEqual({
      CiphertextBlob: expect.any(Buffer),
      KeyId: key.arn,
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    });
  });

  it('Decrypt answers the plaintext, the key ARN and the algorithm', async () => {
    const key = await newKey();
    const CiphertextBlob = await encrypted(key);
    expect(await call('Decrypt', { CiphertextBlob, EncryptionContext: CONTEXT })).toEqual({
      KeyId: key.arn,
      Plaintext: Buffer.from('a secret'),
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      ...materialId('KeyMaterialId'),
    });
  });

  it('Decrypt takes the key in any of its four forms', async () => {
    const key = await newKey();
    const alias = await newAlias(key);
    const CiphertextBlob = await encrypted(key);
    for (const KeyId of [key.id, key.arn, alias, arnOf(alias)]) {
      const input = { KeyId, CiphertextBlob, EncryptionContext: CONTEXT };
      expect(await call('Decrypt', input)).toMatchObject({ KeyId: key.arn });
    }
  });

  it.each([1, 16, 4095, 4096])('round-trips %i bytes in at most 6,144', async (length) => {
    const key = await newKey();
    const plaintext = randomBytes(length);
    const CiphertextBlob = await encrypted(key, plaintext);
    expect(CiphertextBlob.length).toBeLessThanOrEqual(length + 128);
    const answer = await call('Decrypt', { CiphertextBlob, EncryptionContext: CONTEXT });
    expect(answer.Plaintext).toEqual(plaintext);
  });

  it('encrypts the same plaintext differently each time', async () => {
    const key = await newKey();
    const blobs = await Promise.all([encrypted(key), encrypted(key), encrypted(key)]);
    expect(new Set(blobs.map((blob) => blob.toString('hex'))).size).toBe(3);
  });

  it('takes the pairs of a context in any order, and an empty context for none', async () => {
    const key = await newKey();
    const reversed = Object.fromEntries(Object.entries(CONTEXT).reverse());
    const blob = await encrypted(key);
    await call('Decrypt', { CiphertextBlob: blob, EncryptionContext: reversed });
    const { CiphertextBlob } = await call('Encrypt', {
      KeyId: key.id,
      Plaintext: Buffer.from('x'),
      EncryptionContext: {},
    });
    expect(await call('Decrypt', { CiphertextBlob })).toMatchObject({ KeyId: key.arn });
  });

  it.each<[string, Record<string, string> | undefined]>([
    ['no context', undefined],
    ['an empty one', {}],
    ['a pair less', { tenant: 'blue' }],
    ['a pair more', { ...CONTEXT, more: '' }],
    ['another value', { ...CONTEXT, tenant: 'Blue' }],
    ['a name in another case', { Tenant: 'blue', Größe: '☃' }],
    ['the same letters divided otherwise', { tenantb: 'lue', Größe: '☃' }],
  ])('Decrypt refuses %s', async (_, context) => {
    const CiphertextBlob = await encrypted(await newKey());
    const input = { CiphertextBlob, ...(context && { EncryptionContext: context }) };
    await expectRefusal(face, call('Decrypt', input), invalidCiphertext);
  });

  it.each<[string, (blob: Buffer) => Buffer, Expected]>([
    ['garbage', () => Buffer.from('garbage'), invalidCiphertext],
    ['a blob cut short', (blob) => blob.subarray(0, -1), invalidCiphertext],
    ['half a blob', (blob) => blob.subarray(0, blob.length / 2), invalidCiphertext],
    ['a byte more', (blob) => Buffer.concat([blob, Buffer.of(0)]), invalidCiphertext],
    ['a changed first byte', (blob) => flipped(blob, 0), invalidCiphertext],
    ['a changed key id', (blob) => flipped(blob, 10), invalidCiphertext],
    ['a changed last byte', (blob) => flipped(blob, blob.length - 1), invalidCiphertext],
  ])('Decrypt refuses %s', async (_, spoil, refusal) => {
    const CiphertextBlob = spoil(await encrypted(await newKey()));
    const input = { CiphertextBlob, EncryptionContext: CONTEXT };
    await expectRefusal(face, call('Decrypt', input), refusal);
  });

  it('Decrypt refuses another key than the one of the ciphertext', async () => {
    const [key, other] = [await newKey(), await newKey()];
    const CiphertextBlob = await encrypted(key);
    const input = { KeyId: other.id, CiphertextBlob, EncryptionContext: CONTEXT };
    await expectRefusal(face, call('Decrypt', input), incorrectKey);
  });

  it('Decrypt tells nothing of a ciphertext whose key it does not have', async () => {
    const header = encodeHeader({
      kind: store === 'software' ? 'software' : 'token',
      keyId: randomUUID(),
      materialId: randomBytes(32).toString('hex'),
    });
    const CiphertextBlob = Buffer.concat([header, randomBytes(64)]);
    const input = { CiphertextBlob, EncryptionContext: CONTEXT };
    await expectRefusal(face, call('Decrypt', input), unknownCiphertextKey);
  });

  it.each([
    ['Encrypt', { Plaintext: Buffer.from('x'), EncryptionAlgorithm: OAEP }, algorithm(OAEP)],
    ['Decrypt', { CiphertextBlob: Buffer.from('x'), EncryptionAlgorithm: OAEP }, algorithm(OAEP)],
    ['Decrypt', { CiphertextBlob: Buffer.from('x'), Recipient: {} }, NO_RECIPIENT],
    ['GenerateDataKey', { KeySpec: 'AES_256', Recipient: {} }, NO_RECIPIENT],
    [
      'Decrypt',
      {},
      violation(
        "Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
      ),
    ],
    [
      'Encrypt',
      { Plaintext: Buffer.alloc(4097) },
      violation(
        "Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
      ),
    ],
  ] as const)('%s refuses what does not fit (%#)', async (operation, members, refusal) => {
    const key = await newKey();
    const input = { KeyId: key.id, ...members } as never;
    await expectRefusal(face, call(operation, input), refusal);
  });

  it('Decrypt needs the key to be named for an asymmetric algorithm', async () => {
    const input = { CiphertextBlob: Buffer.from('x'), EncryptionAlgorithm: OAEP } as const;
    // Recorded without the usual count of errors.
    await expectRefusal(face, call('Decrypt', input), {
      name: 'ValidationException',
      message: 'KeyId must not be null',
    });
  });
});

function flipped(blob: Buffer, at: number): Buffer {
  const copy = Buffer.from(blob);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
