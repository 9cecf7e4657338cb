import type { KeySpec } from '../../crypto/algorithms.js';

/** What a key store failed at: facts, which the service that asked words for its caller. */
export type StoreErrorKind =
  /** Ciphertext, additional data and key don't belong together. */
  | 'invalid-ciphertext'
  /** The store can't make or use such a key; the message says what it lacks. */
  | 'unsupported'
  /** Whether the store can make such a key could not be found out in time; the message says why. */
  | 'unproven'
  /** An imported secret isn't what the key's spec needs. */
  | 'unfit-material'
  /** The token can't be reached. */
  | 'unreachable'
  /** The token doesn't hold the material. */
  | 'missing'
  /** The token has no room for another key. */
  | 'full'
  /** The token has no key of the name. */
  | 'no-such-key'
  /** The token's key is a KMS key's already. */
  | 'adopted'
  /** The key has encrypted as often as it may. */
  | 'worn-out'
  /** The token takes no new key. */
  | 'write-protected'
  /** The token is used by read-only sessions, in which no key can be made. */
  | 'read-only'
  /** The token could not do what was asked. */
  | 'failed'
  /** The root token, which seals everything, can't be reached. */
  | 'root-token'
  /** The root token was asked and did not answer in the caller's time; the message says within which. */
  | 'root-token-timeout'
  /** The root token could not do what was asked. */
  | 'root-token-failed';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: StoreErrorKind;

  constructor(kind: StoreErrorKind, message: string = kind, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export const invalidCiphertext = (cause?: unknown) =>
  new StoreError('invalid-ciphertext', undefined, { cause });

/** @param what the store lacks, in a sentence */
export const unsupported = (what: string) => new StoreError('unsupported', what);

/** A secret that is to be imported isn't one of this spec. */
export const unfitMaterial = (keySpec: KeySpec) =>
  new StoreError(
    'unfit-material',
    `The key material does not have the length and format of key spec ${keySpec}.`,
  );

/** Secrets of this spec can be imported, but not into such a store. */
export const notImportable = (keySpec: KeySpec) =>
  unsupported(`Key material of ${keySpec} cannot be imported into a custom key store.`);
