/**
 * What a token's failure is to a caller of a custom key store. AWS KMS answers every failure to
 * reach a CloudHSM cluster with KMSInvalidStateException (shared reference, lifecycle.md §7.2).
 */
import type { ServiceError } from '../../kernel/service-error.js';
import { kmsError } from '../../services/kms/errors.js';
import { refuse } from '../../services/kms/refusals.js';
import type { ReturnCodeAction } from '../../token-host/protocol/return-codes.js';
import {
  TokenError,
  TokenHostError,
  type TokenHostErrorKind,
} from '../../token-host/protocol/token-error.js';

type Answer = (cause: Error) => ServiceError;

const unreachable: Answer = () => refuse.clusterUnreachable();
const internal: Answer = (cause) =>
  kmsError('KMSInternalException', 'The CloudHSM cluster could not complete the request.', {
    cause,
  });
const invalidState =
  (message: string): Answer =>
  () =>
    kmsError('KMSInvalidStateException', message);

const BY_ACTION: Readonly<Record<ReturnCodeAction, Answer>> = {
  // Everything we send has been checked, or we made it; ciphertexts are told apart below.
  caller: internal,
  busy: internal,
  failed: internal,
  'bad-tag': unreachable,
  session: unreachable,
  login: unreachable,
  handles: unreachable,
  restart: unreachable,
  refused: unreachable,
};

const BY_KIND: Readonly<Record<TokenHostErrorKind, Answer>> = {
  deadline: unreachable,
  busy: () => refuse.throttled(),
  unavailable: unreachable,
  lost: internal,
  'no-such-key': invalidState('The key material is not in your CloudHSM cluster.'),
  'unsafe-object': internal,
  invalid: internal,
  'login-unknown': unreachable,
};

/** Anything that isn't a token's failure is passed through as it is. */
export function answerTokenFailure(error: unknown): unknown {
  if (error instanceof TokenError) return BY_ACTION[error.action](error);
  if (error instanceof TokenHostError) return BY_KIND[error.kind](error);
  return error;
}

/** The same for a decryption, where a token says of a caller's ciphertext that it is invalid. */
export function answerDecryptionFailure(error: unknown): unknown {
  if (error instanceof TokenError && error.action === 'caller') return refuse.invalidCiphertext();
  return answerTokenFailure(error);
}
