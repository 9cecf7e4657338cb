import { CURVES, type CurveName } from '../../crypto/curves.js';
import { integer, oneOf, record, type Shape, text } from './shapes.js';

/** What a key is for; it gets no other usage than this. */
const KEY_PURPOSES = ['encrypt', 'sign', 'mac', 'derive', 'unwrap'] as const;
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/** The types of key that PKCS#11 knows and that are offered here: `ml-dsa` is v3.2's, `ed25519` v3.0's. */
const TOKEN_KEY_TYPES = ['aes', 'hmac', 'rsa', 'ec', 'ed25519', 'ml-dsa'] as const;
export type TokenKeyType = (typeof TOKEN_KEY_TYPES)[number];

/** A key to be made, in words that are neither a vendor's nor AWS's. */
export interface KeyOrder {
  readonly keyType: TokenKeyType;
  readonly purpose: KeyPurpose;
  /** Octets: of the secret, of the RSA modulus, of a coordinate, or of the ML-DSA public key. */
  readonly bytes: number;
  /** For `ec` only. */
  readonly curve?: CurveName;
}

/** How a key is found again. */
export interface KeyIdentity {
  /** Printable ASCII. Both halves of a pair have the same. */
  readonly ckaId: string;
  readonly label: string;
}

/** AES-256-GCM: the order that every token must be able to fill. */
export const AES_256: KeyOrder = { keyType: 'aes', purpose: 'encrypt', bytes: 32 };

/** Whether PKCS#11 has mechanisms for a type of key that KMS has. */
export const isTokenKeyType: Shape<TokenKeyType> = oneOf(...TOKEN_KEY_TYPES);

export const keyOrder: Shape<KeyOrder> = record(
  {
    keyType: isTokenKeyType,
    purpose: oneOf(...KEY_PURPOSES),
    bytes: integer,
  },
  { curve: isCurveName },
);

export const keyIdentity: Shape<KeyIdentity> = record({ ckaId: text, label: text });

export function isCurveName(value: unknown): value is CurveName {
  return typeof value === 'string' && Object.hasOwn(CURVES, value);
}
