/**
 * What a key store's failure is to a caller. AWS KMS answers every failure to reach a CloudHSM cluster
 * with KMSInvalidStateException (shared reference, lifecycle.md §7.2).
 */

import type { ServiceError } from '../../../kernel/service-error.js';
import { StoreError, type StoreErrorKind } from '../../../keystores/contract/store-error.js';
import { kmsError } from '../errors.js';
import { refuse } from '../refusals.js';

const WORDS: Readonly<Record<StoreErrorKind, (error: StoreError) => ServiceError>> = {
  'invalid-ciphertext': () => refuse.invalidCiphertext(),
  unsupported: ({ message }) => refuse.unsupported(message),
  'unfit-material': ({ message }) => refuse.incorrectKeyMaterial(message),
  unreachable: () => refuse.clusterUnreachable(),
  missing: () =>
    kmsError('KMSInvalidStateException', 'The key material is not in your CloudHSM cluster.'),
  failed: (cause) =>
    kmsError('KMSInternalException', 'The CloudHSM cluster could not complete the request.', {
      cause: cause.cause ?? cause,
    }),
  'root-token': (cause) =>
    kmsError('DependencyTimeoutException', 'The root token is not available.', {
      cause: cause.cause ?? cause,
    }),
};

/** Anything that isn't a key store's failure is passed through as it is. */
export function wordStoreFailure(error: unknown): unknown {
  return error instanceof StoreError ? WORDS[error.kind](error) : error;
}
