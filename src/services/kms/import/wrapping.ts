/**
 * How imported material travels: which wrapping fits which key, and how it comes off. Source: AWS KMS
 * Developer Guide, "Wrapping key spec and algorithm"; shared reference, recorded-kms.md; RFC 5649;
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

/**
 * Not under OAEP with RSA_2048: the PKCS #8 of P-521 is too long for it; that of Ed25519 isn't, and AWS
 * refuses it all the same.
 */
const NEEDS_RSA_3072: ReadonlySet<KeySpec> = new Set(['ECC_NIST_P521', 'ECC_NIST_EDWARDS25519']);

/** Octets of the AES key in RSA_AES_KEY_WRAP. */
const KEY_WRAP_KEY_BYTES = 32;
/** The alternative initial value of RFC 5649 §3, without the length. */
const KEY_WRAP_IV = Buffer.from('a65959a6', 'hex');

/**
 * Whether this wrapping suits material of this spec.
 * @throws ServiceError ValidationException
 */
export function requireWrapping(
  keySpec: KeySpec,
  algorithm: WrappingAlgorithm,
  wrappingKeySpec: WrappingKeySpec,
): WrappingRow {
  const row = wrappings[algorithm];
  const fits = row?.keyTypes.includes(specRow(keySpec).keyType) && wrappingKeySpec !== 'SM2';
  const tooLong =
    row && !row.keyWrap && wrappingKeySpec === 'RSA_2048' && NEEDS_RSA_3072.has(keySpec);
  if (!row || !fits || tooLong) throw refuse.wrapping(algorithm, wrappingKeySpec, keySpec);
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
