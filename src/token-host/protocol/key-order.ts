import type { CurveName } from '../../crypto/curves.js';

/** What a key is for; it gets no other usage than this. */
export type KeyPurpose = 'encrypt' | 'sign' | 'mac' | 'derive' | 'unwrap';

/** The kinds of key that PKCS#11 v2.40 and v3.0 know and that are offered here. */
export type TokenFamily = 'aes' | 'hmac' | 'rsa' | 'ec' | 'ed25519';

/** A key to be made, in words that are neither a vendor's nor AWS's. */
export interface KeyOrder {
  readonly family: TokenFamily;
  readonly purpose: KeyPurpose;
  /** Octets: of the secret, of the RSA modulus, or of a coordinate. */
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
export const AES_256: KeyOrder = { family: 'aes', purpose: 'encrypt', bytes: 32 };
