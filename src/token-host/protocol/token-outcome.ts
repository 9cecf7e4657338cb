/** What a failed call says of the token and of who asked, whoever it was. */
import type { ReturnCodeAction } from './return-codes.js';
import { TokenError, TokenHostError, type TokenHostErrorKind } from './token-error.js';

export type TokenOutcome =
  /** What was sent is wrong: of a decryption, the ciphertext. */
  | 'caller'
  /** The caller's time was up before the token was asked. */
  | 'late'
  /** It was asked, and did not answer in the caller's time. */
  | 'timed-out'
  /** Too many calls wait for it. */
  | 'busy'
  /** It can't be reached, or not used. */
  | 'unreachable'
  /** It doesn't hold the object. */
  | 'missing'
  /** It could not do what was asked. */
  | 'failed';

const BY_ACTION: Readonly<Record<ReturnCodeAction, TokenOutcome>> = {
  caller: 'caller',
  busy: 'failed',
  failed: 'failed',
  'bad-tag': 'unreachable',
  session: 'unreachable',
  login: 'unreachable',
  handles: 'unreachable',
  restart: 'unreachable',
  refused: 'unreachable',
};

const BY_KIND: Readonly<Record<TokenHostErrorKind, TokenOutcome>> = {
  late: 'late',
  deadline: 'timed-out',
  busy: 'busy',
  unavailable: 'unreachable',
  lost: 'failed',
  'no-such-key': 'missing',
  'unsafe-object': 'failed',
  'not-everywhere': 'failed',
  invalid: 'failed',
  misconfigured: 'unreachable',
  'login-unknown': 'unreachable',
  'last-try': 'unreachable',
};

/** Undefined for what is no failure of a token. */
export function tokenOutcome(error: unknown): TokenOutcome | undefined {
  if (error instanceof TokenError) return BY_ACTION[error.action];
  if (error instanceof TokenHostError) return BY_KIND[error.kind];
  return undefined;
}

const INTERRUPTIONS: ReadonlySet<ReturnCodeAction> = new Set([
  'session',
  'login',
  'handles',
  'restart',
]);

/**
 * Whether a call was cut off by a fault that is mended meanwhile, with an outcome that nobody knows:
 * asked for under another CKA_ID, the same may well be made.
 */
export function isInterrupted(error: unknown): boolean {
  if (error instanceof TokenError) return INTERRUPTIONS.has(error.action);
  return error instanceof TokenHostError && error.kind === 'lost';
}
