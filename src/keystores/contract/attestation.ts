import type { Deadline } from '../../kernel/time.js';
import type { KeyMaterial } from './material.js';

/** What a library says of a key, and of its token. Whoever can replace the library can change it. */
export interface KeyClaims {
  readonly sensitive: boolean | undefined;
  readonly extractable: boolean | undefined;
  readonly alwaysSensitive: boolean | undefined;
  readonly neverExtractable: boolean | undefined;
  /** Made in the token, not brought to it. */
  readonly local: boolean | undefined;
  /** CKM_…, by which the token made it. */
  readonly keyGenMechanism: number | undefined;
  readonly token: {
    readonly manufacturer: string;
    readonly model: string;
    readonly serial: string;
    readonly firmware: string;
  };
}

/** What proves, to somebody who trusts the HSM's maker alone, where the key is. */
export type KeyProof =
  /** Nothing does; `note` says why, in a sentence or two. */
  | { readonly kind: 'none'; readonly note: string }
  /** Signed by the HSM, with the certificates up to its maker's. */
  | {
      readonly kind: 'statement';
      readonly format: string;
      readonly statement: Buffer;
      /** DER, the signer's first. */
      readonly certificates: readonly Buffer[];
      readonly note: string;
    };

export interface Attestation {
  readonly proof: KeyProof;
  readonly claims: KeyClaims | undefined;
}

export interface Attests {
  /** Asks now, and changes nothing. @throws StoreError */
  attest(material: KeyMaterial, deadline: Deadline): Promise<Attestation>;
}
