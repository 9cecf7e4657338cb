import { createDecipheriv } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { materialLocation } from '../../../../src/kernel/sealing.js';
import type { KeyStore } from '../../../../src/keystores/contract/key-store.js';
import { SoftwareKeyStore } from '../../../../src/keystores/software/software-key-store.js';
import { parseCiphertext } from '../../../../src/services/kms/cryptography/ciphertext.js';
import {
  canonicalContext,
  type EncryptionContext,
} from '../../../../src/services/kms/cryptography/encryption-context.js';
import { requireAlgorithm } from '../../../../src/services/kms/cryptography/require-algorithm.js';
import {
  decryptSymmetric,
  encryptSymmetric,
} from '../../../../src/services/kms/cryptography/symmetric.js';
import type { Key } from '../../../../src/services/kms/keys/key.js';
import { cryptoPool } from '../../../support/crypto-pool.js';
import { MemorySealer } from '../../../support/memory-sealer.js';
import { kbkdf } from '../../../support/oracles/kbkdf.js';
import { sampleAddress, sampleKey, sampleMaterial } from '../../../support/sample-key.js';
import { worded } from '../../../support/worded.js';

const INVALID = { code: 'InvalidCiphertextException', hasMessage: false };
const DEADLINE = Number.POSITIVE_INFINITY;
const CONTEXT: EncryptionContext = { purpose: 'test', é: '€' };
const SECRET = Buffer.alloc(32, 7);

const sealer = new MemorySealer();
const store = new SoftwareKeyStore({ sealer, pool: cryptoPool, maxOpenMaterials: 2 });

async function keyWith(secret: Buffer, materialId: string, keyId?: string): Promise<Key> {
  const sealed = await sealer.seal(secret, materialLocation(sampleAddress(materialId)));
  return sampleKey({
    ...(keyId && { keyId }),
    currentMaterialId: materialId,
    materials: new Map([[materialId, sampleMaterial({ materialId, sealed })]]),
  });
}

const encrypt = (key: Key, plaintext: Buffer, context?: EncryptionContext) =>
  encryptSymmetric(key, store, plaintext, context, DEADLINE);
const decrypt = async (key: Key, blob: Buffer, context?: EncryptionContext) =>
  decryptSymmetric(key, store, parseCiphertext(blob), context, DEADLINE);

let key: Key;
let blob: Buffer;
const plaintext = Buffer.from('attack at dawn');

beforeAll(async () => {
  key = await keyWith(SECRET, 'a'.repeat(64));
  blob = await encrypt(key, plaintext, CONTEXT);
});

describe('a ciphertext', () => {
  it('gives back any plaintext under its context', async () => {
    const octets = fc.uint8Array({ minLength: 1, maxLength: 4096 });
    const contexts = fc.dictionary(fc.string(), fc.string(), { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(octets, contexts, async (array, context) => {
        const made = await encrypt(key, Buffer.from(array), context);
        expect(made.length).toBeLessThanOrEqual(array.length + 87);
        expect(await decrypt(key, made, context)).toStrictEqual(Buffer.from(array));
      }),
      { numRuns: 50 },
    );
  });

  it('differs each time', async () => {
    const made = await Promise.all(Array.from({ length: 50 }, () => encrypt(key, plaintext)));
    expect(new Set(made.map((one) => one.toString('hex'))).size).toBe(50);
  });

  it('takes an absent context for an empty one', async () => {
    expect(await decrypt(key, await encrypt(key, plaintext, {}))).toStrictEqual(plaintext);
    expect(await decrypt(key, await encrypt(key, plaintext), {})).toStrictEqual(plaintext);
  });

  it('is what OpenSSL and AES-GCM make of its parts', async () => {
    const { header, nonce, tag, ciphertext } = parseCiphertext(blob);
    const messageKey = await kbkdf(SECRET, Buffer.from('strongroom message key'), nonce);
    const decipher = createDecipheriv('aes-256-gcm', messageKey, Buffer.alloc(12));
    decipher.setAAD(Buffer.concat([header, canonicalContext(CONTEXT)])).setAuthTag(tag);
    expect(Buffer.concat([decipher.update(ciphertext), decipher.final()])).toStrictEqual(plaintext);
  });
});

describe('a ciphertext that is not what was made', () => {
  it('is refused with any bit changed', async () => {
    for (let bit = 0; bit < blob.length * 8; bit += 1) {
      const changed = Buffer.from(blob);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await expect(worded(decrypt(key, changed, CONTEXT))).rejects.toMatchObject(INVALID);
    }
  });

  it('is refused cut to any length', async () => {
    for (let length = 0; length < blob.length; length += 1) {
      await expect(worded(decrypt(key, blob.subarray(0, length), CONTEXT))).rejects.toMatchObject(
        INVALID,
      );
    }
  });

  it.each([
    { name: 'before', change: (made: Buffer) => Buffer.concat([Buffer.from([0]), made]) },
    { name: 'behind', change: (made: Buffer) => Buffer.concat([made, Buffer.from([0])]) },
    { name: 'by itself', change: (made: Buffer) => Buffer.concat([made, made]) },
  ])('is refused with something $name', async ({ change }) => {
    await expect(worded(decrypt(key, change(blob), CONTEXT))).rejects.toMatchObject(INVALID);
  });

  it.each([
    ['no context', undefined],
    ['a pair less', { purpose: 'test' }],
    ['a pair more', { ...CONTEXT, a: '' }],
    ['another value', { ...CONTEXT, é: '€ ' }],
    ['a name in another case', { Purpose: 'test', é: '€' }],
  ])('is refused under %s', async (_, context) => {
    await expect(worded(decrypt(key, blob, context))).rejects.toMatchObject(INVALID);
  });

  it('is refused by another key', async () => {
    const other = await keyWith(SECRET, 'b'.repeat(64));
    await expect(worded(decrypt(other, blob, CONTEXT))).rejects.toMatchObject(INVALID);
  });

  it('is refused when its material is another under the same id', async () => {
    const swapped = await keyWith(Buffer.alloc(32, 8), 'a'.repeat(64));
    const fresh = new SoftwareKeyStore({ sealer, pool: cryptoPool, maxOpenMaterials: 1 });
    await expect(
      worded(decryptSymmetric(swapped, fresh, parseCiphertext(blob), CONTEXT, DEADLINE)),
    ).rejects.toMatchObject(INVALID);
  });

  it('is refused by a store of another kind', async () => {
    const never = () => Promise.reject(new Error('the store was asked'));
    const token: KeyStore = { kind: 'token', holds: () => true, encrypt: never, decrypt: never };
    await expect(
      decryptSymmetric(key, token, parseCiphertext(blob), CONTEXT, DEADLINE),
    ).rejects.toMatchObject(INVALID);
  });
});

it.each(['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE'] as const)(
  'a symmetric key has no algorithm %s',
  (algorithm) => {
    expect(() => requireAlgorithm(key, algorithm)).toThrow(
      expect.objectContaining({
        code: 'InvalidKeyUsageException',
        message: `Algorithm ${algorithm} is incompatible with key spec SYMMETRIC_DEFAULT.`,
      }),
    );
    expect(() => requireAlgorithm(key, 'SYMMETRIC_DEFAULT')).not.toThrow();
  },
);
