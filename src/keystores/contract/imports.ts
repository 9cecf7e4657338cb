import type { Deadline } from '../../kernel/time.js';
import type { KeyMaterial } from './material.js';
import type { MaterialOwner, MaterialSpec } from './materials.js';

/** How a secret is to be wrapped. */
export interface WrappingTerms {
  readonly modulusBytes: number;
  readonly hash: 'sha1' | 'sha256';
}

/** A secret encrypted by RSA-OAEP under a wrapping pair of the store. */
export interface WrappedSecret {
  /** CKA_ID of the pair. */
  readonly wrapping: string;
  readonly hash: WrappingTerms['hash'];
  readonly wrapped: Buffer;
}

/** Of a place that takes secrets over without anybody seeing them on the way. */
export interface UnwrapsInside {
  /**
   * Makes a pair under whose public half a secret for this key can be wrapped, and proves that the
   * store unwraps with it.
   * @throws StoreError unsupported when it can't
   */
  makeWrappingPair(
    owner: MaterialOwner,
    spec: MaterialSpec,
    terms: WrappingTerms,
    deadline: Deadline,
  ): Promise<{ readonly ckaId: string; readonly publicKey: Buffer }>;

  /**
   * Unwraps a secret inside the store. Which of `known` it is, or that it is none of them, is told by
   * what only the very secret gives.
   * @throws StoreError invalid-ciphertext, unfit-material
   */
  unwrap(
    owner: MaterialOwner,
    spec: MaterialSpec,
    secret: WrappedSecret,
    known: readonly KeyMaterial[],
    deadline: Deadline,
  ): Promise<KeyMaterial>;
}
