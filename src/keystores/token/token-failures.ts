/** What a token's failure is to whoever uses its keys. */
import { deadlinePassed, throttled } from '../../kernel/common-errors.js';
import { capabilityCode, failureReason } from '../../token-host/protocol/capability-codes.js';
import { TokenError, TokenHostError } from '../../token-host/protocol/token-error.js';
import { type TokenOutcome, tokenOutcome } from '../../token-host/protocol/token-outcome.js';
import {
  invalidCiphertext,
  StoreError,
  type StoreErrorKind,
  unsupported,
} from '../contract/store-error.js';

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

/**
 * The same for what only this token refuses, and for good: no probe is asked to use a key that is there,
 * and none makes a large RSA key.
 * @param what could not be done, after `cannot`
 */
export function answerRefusal(error: unknown, tokenId: string, what: string): unknown {
  if (capabilityCode(error) !== 'definite') return answerTokenFailure(error);
  return unsupported(`The token ${tokenId} cannot ${what}: ${failureReason(error)}`);
}

/** The same for a decryption, where a token says of a caller's ciphertext that it is invalid. */
export function answerDecryptionFailure(error: unknown): unknown {
  return tokenOutcome(error) === 'caller' ? invalidCiphertext(error) : answerTokenFailure(error);
}

/** Codes that say more of a token that was to make an object. */
const AT_CREATION: Readonly<Partial<Record<string, StoreErrorKind>>> = {
  CKR_DEVICE_MEMORY: 'full',
  CKR_TOKEN_WRITE_PROTECTED: 'write-protected',
  CKR_SESSION_READ_ONLY: 'read-only',
};

/** What a token says of all keys that it is to make: that it has no room, or takes none. */
export function refusalOfEveryKey(error: unknown): Error | undefined {
  const kind = error instanceof TokenError ? AT_CREATION[error.code] : undefined;
  return kind && failure(kind)(error);
}

/** The same for a creation. @param what could not be done, after `cannot` */
export function answerCreationFailure(error: unknown, tokenId: string, what: string): unknown {
  if (error instanceof TokenHostError && error.kind === 'not-everywhere') {
    return unsupported(`The token ${tokenId} cannot ${what}: ${error.message}`);
  }
  return refusalOfEveryKey(error) ?? answerRefusal(error, tokenId, what);
}
