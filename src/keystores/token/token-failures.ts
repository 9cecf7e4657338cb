/** What a token's failure is to whoever uses its keys. */
import { deadlinePassed, throttled } from '../../kernel/common-errors.js';
import { TokenError } from '../../token-host/protocol/token-error.js';
import { type TokenOutcome, tokenOutcome } from '../../token-host/protocol/token-outcome.js';
import { invalidCiphertext, StoreError, type StoreErrorKind } from '../contract/store-error.js';

type Answer = (cause: unknown) => Error;

const failure =
  (kind: StoreErrorKind): Answer =>
  (cause) =>
    new StoreError(kind, undefined, { cause });

const ANSWERS: Readonly<Record<TokenOutcome, Answer>> = {
  // Everything we send has been checked, or we made it; ciphertexts are told apart below.
  caller: failure('failed'),
  late: (cause) => deadlinePassed({ cause }),
  'timed-out': failure('unreachable'),
  busy: () => throttled(),
  unreachable: failure('unreachable'),
  missing: failure('missing'),
  failed: failure('failed'),
};

/** Anything that isn't a token's failure is passed through as it is. */
export function answerTokenFailure(error: unknown): unknown {
  const outcome = tokenOutcome(error);
  return outcome ? ANSWERS[outcome](error) : error;
}

/** The same for a decryption, where a token says of a caller's ciphertext that it is invalid. */
export function answerDecryptionFailure(error: unknown): unknown {
  return tokenOutcome(error) === 'caller' ? invalidCiphertext(error) : answerTokenFailure(error);
}

/** Codes that say more of a token that was to make an object. */
const AT_CREATION: Readonly<Partial<Record<string, StoreErrorKind>>> = {
  CKR_DEVICE_MEMORY: 'full',
  CKR_TOKEN_WRITE_PROTECTED: 'write-protected',
  CKR_SESSION_READ_ONLY: 'write-protected',
};

/** The same for a creation. */
export function answerCreationFailure(error: unknown): unknown {
  const kind = error instanceof TokenError ? AT_CREATION[error.code] : undefined;
  return kind ? failure(kind)(error) : answerTokenFailure(error);
}
