/** What a token's failure is to whoever uses its keys. */
import { throttled } from '../../kernel/common-errors.js';
import type { ReturnCodeAction } from '../../token-host/protocol/return-codes.js';
import {
  TokenError,
  TokenHostError,
  type TokenHostErrorKind,
} from '../../token-host/protocol/token-error.js';
import { invalidCiphertext, StoreError, type StoreErrorKind } from '../contract/store-error.js';

type Answer = (cause: Error) => Error;

const failure =
  (kind: StoreErrorKind): Answer =>
  (cause) =>
    new StoreError(kind, undefined, { cause });
const unreachable = failure('unreachable');
const failed = failure('failed');

const BY_ACTION: Readonly<Record<ReturnCodeAction, Answer>> = {
  // Everything we send has been checked, or we made it; ciphertexts are told apart below.
  caller: failed,
  busy: failed,
  failed: failed,
  'bad-tag': unreachable,
  session: unreachable,
  login: unreachable,
  handles: unreachable,
  restart: unreachable,
  refused: unreachable,
};

const BY_KIND: Readonly<Record<TokenHostErrorKind, Answer>> = {
  deadline: unreachable,
  busy: () => throttled(),
  unavailable: unreachable,
  lost: failed,
  'no-such-key': failure('missing'),
  'unsafe-object': failed,
  invalid: failed,
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
  if (error instanceof TokenError && error.action === 'caller') return invalidCiphertext(error);
  return answerTokenFailure(error);
}
