/**
 * What a key store's failure is to a caller. AWS KMS answers every failure to reach a CloudHSM cluster
 * with KMSInvalidStateException (shared reference, lifecycle.md §7.2).
 */

import type { ServiceError } from '../../../kernel/service-error.js';
import { StoreError, type StoreErrorKind } from '../../../keystores/contract/store-error.js';
import { type ErrorCode, kmsError } from '../errors.js';
import { refuse } from '../refusals.js';
import {
  ClusterInUse,
  CustomKeyStoreHasKeys,
  CustomKeyStoreNameInUse,
  CustomKeyStoreNotFound,
} from './custom-key-store-facts.js';

/** With what the store has met as its cause, for the log. */
const fault = (code: ErrorCode, message: string, error: StoreError) =>
  kmsError(code, message, { cause: error.cause ?? error });

const WORDS: Readonly<Record<StoreErrorKind, (error: StoreError) => ServiceError>> = {
  'invalid-ciphertext': () => refuse.invalidCiphertext(),
  unsupported: ({ message }) => refuse.unsupported(message),
  // SDKs make the call again.
  unproven: (error) => fault('DependencyTimeoutException', error.message, error),
  // As AWS has it: a secret of the wrong length or kind is said to be a bad ciphertext, without a word.
  'unfit-material': () => refuse.invalidCiphertext(),
  unreachable: () => refuse.clusterUnreachable(),
  missing: () =>
    kmsError('KMSInvalidStateException', 'The key material is not in your CloudHSM cluster.'),
  'no-such-key': () =>
    kmsError(
      'NotFoundException',
      'The CloudHSM cluster has no secret or private key of this name.',
    ),
  adopted: () =>
    kmsError('AlreadyExistsException', 'This key of the CloudHSM cluster is a KMS key already.'),
  'worn-out': () =>
    kmsError(
      'KMSInvalidStateException',
      'The current key material has encrypted 2^32 times, which is the most that AES-GCM allows. It can still decrypt. To encrypt, rotate the key, or use another one.',
    ),
  // Not an error that SDKs repeat: the next attempt would find no more room.
  full: (error) =>
    fault('LimitExceededException', 'The CloudHSM cluster has no room for another key.', error),
  'write-protected': (error) =>
    fault('UnsupportedOperationException', 'The CloudHSM cluster takes no new keys.', error),
  'read-only': (error) =>
    fault(
      'UnsupportedOperationException',
      'The CloudHSM cluster is used by read-only sessions, in which no key can be made.',
      error,
    ),
  failed: (error) =>
    fault('KMSInternalException', 'The CloudHSM cluster could not complete the request.', error),
  'root-token': (error) =>
    fault('DependencyTimeoutException', 'The root token is not available.', error),
  'root-token-timeout': (error) => fault('DependencyTimeoutException', error.message, error),
  'root-token-failed': (error) =>
    fault('KMSInternalException', 'The root token could not complete the request.', error),
};

/** Anything that isn't a key store's failure is passed through as it is. */
export function wordStoreFailure(error: unknown): unknown {
  return error instanceof StoreError ? WORDS[error.kind](error) : error;
}

/** Any fact that isn't one about custom key stores is passed through as it is. */
export function wordCustomKeyStore(error: unknown): unknown {
  if (error instanceof CustomKeyStoreNotFound) {
    return refuse.customKeyStoreNotFound(error.customKeyStoreId);
  }
  if (error instanceof CustomKeyStoreNameInUse) {
    return kmsError(
      'CustomKeyStoreNameInUseException',
      `A custom key store named ${error.storeName} already exists.`,
    );
  }
  if (error instanceof ClusterInUse) {
    return kmsError(
      'CloudHsmClusterInUseException',
      `The CloudHSM cluster ${error.clusterId} is already associated with a custom key store.`,
    );
  }
  if (error instanceof CustomKeyStoreHasKeys) {
    return kmsError(
      'CustomKeyStoreHasCMKsException',
      `Custom key store ${error.customKeyStoreId} contains KMS keys.`,
    );
  }
  return error;
}
