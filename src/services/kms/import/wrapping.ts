/**
 * How imported material travels: which wrapping fits which key, and how it comes off. Source: AWS KMS
 * Developer Guide, "Wrapping key spec and algorithm"; shared reference, lifecycle.md §3.1; RFC 5649;
 * PKCS #11 3.1 §6.1.19 (CKM_RSA_AES_KEY_WRAP).
 */

import { createDecipheriv, type KeyObject } from 'node:crypto';
import {
  type KeySpec,
  type KeyType,
  type OaepAlgorithm,
  specRow,
} from '../../../crypto/algorithms.js';
import { openOaep } from '../../../crypto/oaep.js';
import { refuse } from '../refusals.js';
import type { WrappingAlgorithm, WrappingKeySpec } from '../shapes.js';

interface WrappingRow {
  /** Whose material may travel so. */
  readonly keyTypes: readonly KeyType[];
  readonly oaep: OaepAlgorithm;
  /** RSA-OAEP wraps an AES key, and that the material (RFC 5649). */
  readonly keyWrap: boolean;
}

/** With `import: extended`. A seed fits OAEP, an expanded key beside it doesn't. */
const LATTICES = ['ml-dsa', 'ml-kem'] as const satisfies readonly KeyType[];

/** RSAES_PKCS1_V1_5 is in the model and refused since October 2023; SM2PKE is China's. */
const wrappings: Readonly<Partial<Record<WrappingAlgorithm, WrappingRow>>> = {
  RSAES_OAEP_SHA_1: {
    keyTypes: ['aes', 'hmac', 'ec', 'ed25519', ...LATTICES],
    oaep: 'RSAES_OAEP_SHA_1',
    keyWrap: false,
  },
  RSAES_OAEP_SHA_256: {
    keyTypes: ['aes', 'hmac', 'ec', 'ed25519', ...LATTICES],
    oaep: 'RSAES_OAEP_SHA_256',
    keyWrap: false,
  },
  RSA_AES_KEY_WRAP_SHA_1: {
    keyTypes: ['rsa', 'ec', 'ed25519', ...LATTICES],
    oaep: 'RSAES_OAEP_SHA_1',
    keyWrap: true,
  },
  RSA_AES_KEY_WRAP_SHA_256: {
    keyTypes: ['rsa', 'ec', 'ed25519', ...LATTICES],
    oaep: 'RSAES_OAEP_SHA_256',
    keyWrap: true,
  },
};

/** Octets of the AES key in RSA_AES_KEY_WRAP. */
const KEY_WRAP_KEY_BYTES = 32;
/** The alternative initial value of RFC 5649 §3, without the length. */
const KEY_WRAP_IV = Buffer.from('a65959a6', 'hex');

/**
 * Whether this wrapping suits material of this spec.
 * @throws ServiceError UnsupportedOperationException
 */
export function requireWrapping(
  keySpec: KeySpec,
  algorithm: WrappingAlgorithm,
  wrappingKeySpec: WrappingKeySpec,
): WrappingRow {
  const row = wrappings[algorithm];
  const fits = row?.keyTypes.includes(specRow(keySpec).keyType) && wrappingKeySpec !== 'SM2';
  // The private key's PKCS #8 is longer than the smallest modulus can wrap.
  const tooLong =
    row && !row.keyWrap && keySpec === 'ECC_NIST_P521' && wrappingKeySpec === 'RSA_2048';
  if (!row || !fits || tooLong) {
    throw refuse.unsupported(
      `Wrapping algorithm ${algorithm} with wrapping key spec ${wrappingKeySpec} is not supported for key material of key spec ${keySpec}.`,
    );
  }
  return row;
}

/** The material, or undefined when it wasn't wrapped so for this private key. */
export function unwrap(
  { oaep, keyWrap }: WrappingRow,
  wrappingKey: KeyObject,
  wrapped: Buffer,
): Buffer | undefined {
  if (!keyWrap) return openOaep({ algorithm: oaep, key: wrappingKey, ciphertext: wrapped });
  const modulusBytes = (wrappingKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  if (wrapped.length <= modulusBytes) return undefined;
  const ciphertext = wrapped.subarray(0, modulusBytes);
  const aesKey = openOaep({ algorithm: oaep, key: wrappingKey, ciphertext });
  if (aesKey?.length !== KEY_WRAP_KEY_BYTES) return undefined;
  try {
    const decipher = createDecipheriv('id-aes256-wrap-pad', aesKey, KEY_WRAP_IV);
    return Buffer.concat([decipher.update(wrapped.subarray(modulusBytes)), decipher.final()]);
  } catch {
    // RFC 5649's integrity check: the material isn't what was wrapped.
    return undefined;
  } finally {
    aesKey.fill(0);
  }
}
