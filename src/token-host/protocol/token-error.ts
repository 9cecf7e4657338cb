import { type ReturnCodeAction, returnCode, returnCodeNumber } from './return-codes.js';

/** The token answered with a return code other than CKR_OK. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly rv: number;
  readonly code: `CKR_${string}`;
  /**
   * What the code meant for this call. `caller` is the requester's fault (on decrypt: an invalid
   * ciphertext), `busy` may be tried later, `refused` is a PIN problem; all others are faults of
   * the token.
   */
  readonly action: ReturnCodeAction;

  constructor(rv: number, action: ReturnCodeAction = returnCode(rv).action) {
    const code = returnCode(rv).name;
    super(`The token answered ${code}`);
    this.rv = rv;
    this.code = code;
    this.action = action;
  }

  /** The error of a return code by its name. */
  static of(name: `CKR_${string}`, action?: ReturnCodeAction): TokenError {
    const rv = returnCodeNumber(name);
    return action === undefined ? new TokenError(rv) : new TokenError(rv, action);
  }
}

/**
 * - `late`: the deadline had passed when the call was made; the token was not asked.
 * - `deadline`: no answer in time. A key generation or destruction may still have happened.
 * - `busy`: too many calls are waiting.
 * - `unavailable`: the token is absent, refused, or the client is stopped. The call was not run.
 * - `lost`: the host died with the call in it; its outcome is unknown.
 * - `no-such-key`: the token holds no such object, or several where one was expected.
 * - `unsafe-object`: the token made a key with attributes that are not safe; it was destroyed.
 * - `not-everywhere`: one of several tokens made a key that the others did not get; it was destroyed.
 * - `invalid`: the arguments cannot be sent (too long, wrong sizes).
 * - `misconfigured`: there is no such library, or more than one such token; only the settings mend it.
 * - `login-unknown`: whether the token counted a wrong PIN is not known; it is not tried again.
 * - `last-try`: the token has one try left, which is not ours to use; the PIN was not tried.
 */
export type TokenHostErrorKind =
  | 'late'
  | 'deadline'
  | 'busy'
  | 'unavailable'
  | 'lost'
  | 'no-such-key'
  | 'unsafe-object'
  | 'not-everywhere'
  | 'invalid'
  | 'misconfigured'
  | 'login-unknown'
  | 'last-try';

/** A call failed for a reason that is not a return code of the token. */
export class TokenHostError extends Error {
  override readonly name = 'TokenHostError';
  readonly kind: TokenHostErrorKind;

  constructor(kind: TokenHostErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
