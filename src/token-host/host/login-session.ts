import { TokenError, TokenHostError } from '../protocol/token-error.js';
import { presentedPin } from '../vendors/index.js';
import type { VendorProfile } from '../vendors/vendor.js';
import { CK, type Handle, type Library, returnValue } from './pkcs11.js';
import { closeSession, managementSessions, openSession, seesUser } from './session.js';
import type { FoundSlot } from './slot.js';

/** A login that failed: the server decides what comes of it, and this host tries none again. */
export class LoginFailed extends Error {
  override readonly name = 'LoginFailed';
  readonly error: TokenError | TokenHostError;

  constructor(error: TokenError | TokenHostError) {
    super(error.message, { cause: error });
    this.error = error;
  }
}

/**
 * The session that logs in and stays open. A login belongs to the process and ends with its last
 * session, so this one is replaced before it is closed.
 */
export class LoginSession {
  readonly #library: Library;
  readonly #found: FoundSlot;
  readonly #vendor: VendorProfile;
  readonly #pin: Buffer;
  readonly #onLogin: () => void;
  #handle: Handle | undefined;

  constructor(
    library: Library,
    found: FoundSlot,
    vendor: VendorProfile,
    pin: Buffer,
    onLogin: () => void,
  ) {
    this.#library = library;
    this.#found = found;
    this.#vendor = vendor;
    this.#pin = pin;
    this.#onLogin = onLogin;
  }

  /**
   * A session that is logged in, and whether a login was needed for it. Handles from before a login
   * are invalid. Throws the library's error.
   */
  open(): { session: Handle; loggedIn: boolean } {
    this.#handle ??= this.#opened();
    const session = this.#handle;
    if (!this.#needsLogin || this.isLoggedIn(session)) return { session, loggedIn: false };
    this.login(session);
    return { session, loggedIn: true };
  }

  /** Whether private objects are to be seen. Without a login a search finds nothing and says so. */
  isLoggedIn(session: Handle): boolean {
    if (!this.#needsLogin) return true;
    return seesUser(this.#library, session);
  }

  /** C_Login, once. Throws LoginFailed: then the host is not to try again. */
  login(session: Handle): void {
    const { flags } = this.#library.C_GetTokenInfo(this.#found.slot);
    if ((flags & CK.CKF_USER_PIN_LOCKED) !== 0) {
      throw new LoginFailed(TokenError.of('CKR_PIN_LOCKED'));
    }
    // One more wrong PIN could destroy the token's keys, so the last try is never ours.
    if ((flags & CK.CKF_USER_PIN_FINAL_TRY) !== 0)
      throw new LoginFailed(new TokenHostError('last-try', 'One try is left'));
    this.#onLogin();
    const pin = this.#pin.toString('utf8');
    try {
      this.#library.C_Login(session, CK.CKU_USER, presentedPin(this.#vendor, pin));
    } catch (error) {
      const rv = returnValue(error);
      if (rv === undefined) throw error;
      if (rv !== CK.CKR_USER_ALREADY_LOGGED_IN) throw new LoginFailed(new TokenError(rv));
    }
  }

  /** Replaces the session by another, after an error that may have left this one broken. */
  renew(): void {
    const old = this.#handle;
    this.#handle = undefined;
    if (old === undefined) return;
    try {
      this.#handle = this.#opened();
    } finally {
      closeSession(this.#library, old);
    }
  }

  /** Closes the session and forgets the PIN. */
  close(): void {
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle !== undefined) closeSession(this.#library, handle);
    this.#pin.fill(0);
  }

  #opened(): Handle {
    return openSession(this.#library, this.#found.slot, managementSessions(this.#vendor));
  }

  get #needsLogin(): boolean {
    return (this.#found.flags & CK.CKF_LOGIN_REQUIRED) !== 0;
  }
}
