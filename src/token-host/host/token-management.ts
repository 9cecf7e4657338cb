import type { TokenSettings } from '../protocol/protocol.js';
import { type ReturnCodeAction, returnCode } from '../protocol/return-codes.js';
import { TokenHostError } from '../protocol/token-error.js';
import { tokenProfile } from '../vendors/index.js';
import type { TokenProfile } from '../vendors/vendor.js';
import { LoginSession } from './login-session.js';
import { runManagementCall } from './management-calls.js';
import { listEntries } from './object-list.js';
import { type Handle, handleToNumber, type Library, returnValue } from './pkcs11.js';
import { type FoundSlot, findSlot } from './slot.js';
import {
  type ManagementAnswer,
  type ManagementCall,
  NOTHING,
  type ObjectsChange,
  type Outcome,
  type ThreadReply,
} from './thread-messages.js';

/** What a second attempt may mend. */
const RETRIED: ReadonlySet<ReturnCodeAction> = new Set(['session', 'login', 'handles', 'bad-tag']);

/** How long the supervisor, whose thread is free, may take to write one frame. */
const ANNOUNCE_MS = 5000;

/** The outcome of an error thrown on this thread. */
function outcomeOf(error: unknown): Outcome {
  if (error instanceof TokenHostError && error.kind === 'unsafe-object') {
    return { kind: 'fault', fault: 'unsafe-object', message: error.message };
  }
  const rv = returnValue(error);
  if (rv === undefined) {
    const message = error instanceof Error ? error.message : 'Unknown error';
    return { kind: 'fault', fault: 'invalid', message };
  }
  const { action } = returnCode(rv);
  // Restarting for one that keeps failing would cost every other call; it may be a full token.
  return { kind: 'failed', rv, action: action === 'bad-tag' ? 'failed' : action };
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
  readonly #post: (message: ThreadReply) => void;
  #login: LoginSession | undefined;
  #found: FoundSlot | undefined;

  constructor(library: Library, settings: TokenSettings, post: (message: ThreadReply) => void) {
    this.#library = library;
    this.#settings = settings;
    this.#vendor = tokenProfile(settings);
    this.#post = post;
  }

  /** The slot's handle, once `start` has found it. */
  get slot(): Handle | undefined {
    return this.#found?.slot;
  }

  /** Initialises, finds the token, logs in once and reads its objects. */
  async start(pin: Buffer): Promise<ManagementAnswer> {
    try {
      const found = await findSlot(this.#library, this.#settings, () =>
        this.#post({ kind: 'absent' }),
      );
      this.#found = found;
      this.#login = new LoginSession(this.#library, found, this.#vendor, pin, () =>
        this.#announceLogin(),
      );
      const { session } = this.#login.open();
      return {
        outcome: NOTHING,
        objects: this.#list(session),
        found: {
          info: found.info,
          slot: handleToNumber(found.slot),
          threads: found.threads,
          maxSessions: found.maxSessions,
        },
      };
    } catch (error) {
      return { outcome: outcomeOf(error) };
    }
  }

  /** Makes sure of the login and reads all objects again; their handles may have changed. */
  refresh(loginAgain: boolean): ManagementAnswer {
    return this.#attempt((again) => {
      const { login } = this.#opened();
      const { session, loggedIn } = login.open();
      if (loginAgain && !loggedIn && !again) login.login(session);
      return { outcome: NOTHING, objects: this.#list(session) };
    });
  }

  /** Runs one call of `MANAGEMENT_CALLS`. */
  run({ name, ckaId, args }: ManagementCall): ManagementAnswer {
    return this.#attempt((again) => {
      const { login, slot } = this.#opened();
      const { session, loggedIn } = login.open();
      const context = {
        library: this.#library,
        slot,
        session,
        vendor: this.#vendor,
        again,
        isLoggedIn: () => login.isLoggedIn(session),
        progress: () => this.#post({ kind: 'progress' }),
      };
      const { value, objects } = runManagementCall(name, context, ckaId, args);
      // After a login every handle is another one, so the whole map goes along with the answer.
      const change = loggedIn ? this.#list(session) : objects;
      return { outcome: { kind: 'result', value }, ...(change && { objects: change }) };
    });
  }

  /** Closes the login session and finalizes the library, from the thread that initialised it. */
  finalize(): ManagementAnswer {
    try {
      this.#login?.close();
      if (this.#found !== undefined) this.#library.C_Finalize();
      return { outcome: NOTHING };
    } catch (error) {
      return { outcome: outcomeOf(error) };
    }
  }

  /** Returns when the server is sure to know of the login, even should the library crash in it. */
  #announceLogin(): void {
    const gate = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    this.#post({ kind: 'login', gate });
    const opened = Atomics.wait(new Int32Array(gate), 0, 0, ANNOUNCE_MS);
    if (opened === 'timed-out') throw new TokenHostError('lost', 'The login cannot be announced');
  }

  #opened(): { login: LoginSession; slot: Handle } {
    if (this.#login === undefined || this.#found === undefined) {
      throw new TypeError('The management thread has not started');
    }
    return { login: this.#login, slot: this.#found.slot };
  }

  #logIn(): void {
    const { login } = this.#opened();
    login.login(login.open().session);
  }

  #list(session: Handle): ObjectsChange {
    return { reset: true, removed: [], added: listEntries(this.#library, session) };
  }

  #attempt(work: (again: boolean) => ManagementAnswer): ManagementAnswer {
    for (let again = false; ; again = true) {
      try {
        return work(again);
      } catch (error) {
        const rv = returnValue(error);
        const action = rv === undefined ? undefined : returnCode(rv).action;
        if (action === 'caller' || action === 'refused') return { outcome: outcomeOf(error) };
        try {
          this.#login?.renew();
          this.#post({ kind: 'progress' });
          if (action === undefined || again || !RETRIED.has(action)) {
            return { outcome: outcomeOf(error) };
          }
          if (action === 'login') this.#logIn();
        } catch (second) {
          return { outcome: outcomeOf(second) };
        }
      }
    }
  }
}
