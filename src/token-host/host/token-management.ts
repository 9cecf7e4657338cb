import type { TokenFound, TokenSettings } from '../protocol/protocol.js';
import { type ReturnCodeAction, returnCode } from '../protocol/return-codes.js';
import type { ManagementCallName } from '../protocol/token-calls.js';
import { TokenHostError } from '../protocol/token-error.js';
import { tokenProfile } from '../vendors/index.js';
import type { TokenProfile } from '../vendors/vendor.js';
import { LoginFailed, LoginSession } from './login-session.js';
import { type ObjectsNow, runManagementCall } from './management-calls.js';
import { objectPages } from './object-list.js';
import { type Handle, type Library, returnValue } from './pkcs11.js';
import { closeSession, managementSessions, openSession, type SessionSource } from './session.js';
import { type FoundSlot, findSlot } from './slot.js';
import type { Outcome } from './thread-messages.js';

/** What a second attempt may mend. */
const RETRIED: ReadonlySet<ReturnCodeAction> = new Set(['session', 'login', 'handles', 'bad-tag']);

const SEARCHES: ReadonlySet<ManagementCallName> = new Set(['findObject', 'reportKeys']);

/** What the management thread is told of its work. */
export interface ManagementEvents {
  /** Returns when the server is sure to know that C_Login comes next. */
  readonly onLogin: () => void;
  readonly onLoggedIn: () => void;
  readonly onAbsent: () => void;
  readonly onProgress: () => void;
  /** Handles from before may be stale: a login was made after the first, or loaded keys are gone. */
  readonly onHandlesStale: () => void;
}

/** How a piece of work ended, and what objects it made or found. */
export interface ManagementAnswer {
  readonly outcome: Outcome;
  readonly objects?: ObjectsNow;
}

/**
 * What the management thread does: it initialises the library, logs in, and is the only one to find,
 * create, destroy and change objects. SoftHSM fails a creation that runs beside a search and leaves an
 * orphan behind; here they queue.
 */
export class TokenManagement {
  readonly #settings: TokenSettings;
  readonly #library: Library;
  readonly #vendor: TokenProfile;
  readonly #events: ManagementEvents;
  #login: LoginSession | undefined;
  #found: FoundSlot | undefined;
  /** Apart from the login session, which is replaced after every error: see `#giveUpLoadedKeys`. */
  #keySession: Handle | undefined;

  constructor(library: Library, settings: TokenSettings, events: ManagementEvents) {
    this.#settings = settings;
    this.#library = library;
    this.#vendor = tokenProfile(settings);
    this.#events = events;
  }

  /** Initialises, finds the token and logs in once. Throws the library's error or TokenHostError. */
  async start(pin: Buffer): Promise<TokenFound> {
    const { onLogin, onLoggedIn, onAbsent } = this.#events;
    const found = await findSlot(this.#library, this.#settings, onAbsent);
    this.#found = found;
    this.#login = new LoginSession(this.#library, found, this.#vendor, pin, onLogin);
    if (this.#login.open().loggedIn) onLoggedIn();
    const { info, slot, threads, maxSessions } = found;
    return {
      info,
      slot,
      threads: this.#settings.threads === 'single' ? 'single' : threads,
      maxSessions: this.#vendor.maxSessions > 0 ? this.#vendor.maxSessions : maxSessions,
    };
  }

  /** The session that is logged in, for workers' calls that this thread has to run. */
  get session(): SessionSource {
    return {
      open: () => this.#open(),
      recycle: () => this.#opened.login.renew(),
    };
  }

  /** Runs one call of `MANAGEMENT_CALLS`. Throws LoginFailed: then the host is to serve no more. */
  run(name: ManagementCallName, ckaId: string, args: Uint8Array): ManagementAnswer {
    return this.#attempt(name, (again) => {
      if (again && name === 'loadKey') this.#giveUpLoadedKeys();
      const session = this.#open();
      const { login, slot } = this.#opened;
      const context = {
        library: this.#library,
        slot,
        session,
        vendor: this.#vendor,
        again,
        isLoggedIn: () => login.isLoggedIn(session),
        keySession: () => this.#loadedKeys(slot),
        progress: this.#events.onProgress,
      };
      const { value, objects } = runManagementCall(name, context, ckaId, args);
      return { outcome: { kind: 'result', value }, ...(objects && { objects }) };
    });
  }

  /** See `objectPages`. Throws the library's error. */
  objectPages(): ReturnType<typeof objectPages> {
    return objectPages(this.#library, this.#open());
  }

  /** Closes the login session and finalizes the library, from the thread that initialised it. */
  finalize(): void {
    try {
      if (this.#keySession !== undefined) closeSession(this.#library, this.#keySession);
      this.#login?.close();
      if (this.#found !== undefined) this.#library.C_Finalize();
    } catch (error) {
      // The process ends; what a library says of its own end helps nobody.
      if (returnValue(error) === undefined) throw error;
    }
  }

  get #opened(): { login: LoginSession; slot: Handle } {
    if (this.#login === undefined || this.#found === undefined) {
      throw new TypeError('The management thread has not started');
    }
    return { login: this.#login, slot: this.#found.slot };
  }

  #loadedKeys(slot: Handle): Handle {
    this.#keySession ??= openSession(this.#library, slot, managementSessions(this.#vendor));
    return this.#keySession;
  }

  /** Its objects end with the session: their handles may be those of other objects from now on. */
  #giveUpLoadedKeys(): void {
    const session = this.#keySession;
    this.#keySession = undefined;
    if (session === undefined) return;
    this.#events.onHandlesStale();
    closeSession(this.#library, session);
  }

  #open(): Handle {
    const { session, loggedIn } = this.#opened.login.open();
    if (loggedIn) this.#loggedInAgain();
    return session;
  }

  #loggedInAgain(): void {
    this.#events.onLoggedIn();
    this.#events.onHandlesStale();
  }

  #attempt(name: ManagementCallName, work: (again: boolean) => ManagementAnswer): ManagementAnswer {
    for (let again = false; ; again = true) {
      try {
        return work(again);
      } catch (error) {
        if (error instanceof LoginFailed) throw error;
        const rv = returnValue(error);
        const action = rv === undefined ? undefined : returnCode(rv).action;
        if (action === 'caller' || action === 'refused') return { outcome: outcomeOf(error, name) };
        try {
          this.#opened.login.renew();
          this.#events.onProgress();
          if (action === undefined || again || !RETRIED.has(action)) {
            return { outcome: outcomeOf(error, name) };
          }
        } catch (second) {
          if (second instanceof LoginFailed) throw second;
          return { outcome: outcomeOf(second, name) };
        }
      }
    }
  }
}

/** The outcome of an error thrown on this thread. */
function outcomeOf(error: unknown, name: ManagementCallName): Outcome {
  if (error instanceof TokenHostError && error.kind === 'unsafe-object') {
    return { kind: 'fault', fault: 'unsafe-object', message: error.message };
  }
  if (error instanceof TokenHostError && error.kind === 'no-such-key') {
    return { kind: 'fault', fault: 'no-such-key', message: error.message };
  }
  const rv = returnValue(error);
  if (rv === undefined) {
    const message = error instanceof Error ? error.message : 'Unknown error';
    return { kind: 'fault', fault: 'invalid', message };
  }
  const { action } = returnCode(rv);
  if (action !== 'bad-tag') return { kind: 'failed', rv, action };
  // Restarting for one that keeps failing would cost every other call; it may be a full token. But a
  // search has nothing to fail at: SoftHSM's index, once it is broken, is mended by loading it anew.
  return { kind: 'failed', rv, action: SEARCHES.has(name) ? 'restart' : 'failed' };
}
