import type { TokenSettings } from '../protocol/protocol.js';
import { type ReturnCodeAction, returnCode } from '../protocol/return-codes.js';
import { TokenHostError } from '../protocol/token-error.js';
import { tokenProfile } from '../vendors/index.js';
import type { TokenProfile } from '../vendors/vendor.js';
import { Anchor } from './anchor.js';
import { laneOperation } from './lane-operations.js';
import { listEntries } from './object-list.js';
import { type Handle, handleToNumber, type Library, returnValue } from './pkcs11.js';
import { type FoundSlot, findSlot } from './slot.js';
import {
  type CallRequest,
  NOTHING,
  type ObjectsChange,
  type Outcome,
  type ThreadReply,
  type TokenFound,
} from './thread-messages.js';

/** What the lane answers, without the request's id. */
export interface LaneAnswer {
  readonly outcome: Outcome;
  readonly objects?: ObjectsChange;
  readonly found?: TokenFound;
}

/** What a second attempt can cure. */
const RETRIED: ReadonlySet<ReturnCodeAction> = new Set(['session', 'login', 'handles', 'bad-tag']);

/** How long the supervisor, whose thread is free, may take to write one frame. */
const ANNOUNCE_MS = 5000;

/** The outcome of an error thrown on the lane. */
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
 * The management lane: initialises the library, logs in, and is the only one to find, create,
 * destroy and change objects. SoftHSM fails a creation that runs beside a search and leaves an
 * orphan behind; here they queue.
 */
export class Lane {
  readonly #settings: TokenSettings;
  readonly #library: Library;
  readonly #vendor: TokenProfile;
  readonly #tell: (message: ThreadReply) => void;
  #anchor: Anchor | undefined;
  #found: FoundSlot | undefined;

  constructor(library: Library, settings: TokenSettings, tell: (message: ThreadReply) => void) {
    this.#library = library;
    this.#settings = settings;
    this.#vendor = tokenProfile(settings);
    this.#tell = tell;
  }

  /** The slot's handle, once `start` has found it. */
  get slot(): Handle | undefined {
    return this.#found?.slot;
  }

  /** Initialises, finds the token, logs in once and reads its objects. */
  async start(pin: Buffer): Promise<LaneAnswer> {
    try {
      const found = await findSlot(this.#library, this.#settings, () =>
        this.#tell({ kind: 'absent' }),
      );
      this.#found = found;
      this.#anchor = new Anchor(this.#library, found, this.#vendor, pin, () =>
        this.#announceLogin(),
      );
      const { session } = this.#anchor.open();
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
  refresh(login: boolean): LaneAnswer {
    return this.#attempt((again) => {
      const { anchor } = this.#opened();
      const { session, loggedIn } = anchor.open();
      if (login && !loggedIn && !again) anchor.login(session);
      return { outcome: NOTHING, objects: this.#list(session) };
    });
  }

  /** Runs one operation of `LANE_OPERATIONS`. */
  run(call: CallRequest): LaneAnswer {
    return this.#attempt((again) => {
      const { anchor, slot } = this.#opened();
      const { session, loggedIn } = anchor.open();
      // After a login every handle is another one, so the map goes along with the answer.
      const listed = loggedIn ? this.#list(session) : undefined;
      const { value, objects } = laneOperation(call.operation)(
        {
          library: this.#library,
          slot,
          session,
          vendor: this.#vendor,
          again,
          isLoggedIn: () => anchor.isLoggedIn(session),
          progress: () => this.#tell({ kind: 'progress' }),
        },
        call.args,
      );
      const change = listed === undefined ? objects : this.#list(session);
      return { outcome: { kind: 'result', value }, ...(change ? { objects: change } : {}) };
    });
  }

  /** Closes the anchor and finalizes the library, from the thread that initialised it. */
  finalize(): LaneAnswer {
    try {
      this.#anchor?.close();
      if (this.#found !== undefined) this.#library.C_Finalize();
      return { outcome: NOTHING };
    } catch (error) {
      return { outcome: outcomeOf(error) };
    }
  }

  /** Returns when the server is sure to hear of the login, even should the library crash in it. */
  #announceLogin(): void {
    const gate = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    this.#tell({ kind: 'login', gate });
    const opened = Atomics.wait(new Int32Array(gate), 0, 0, ANNOUNCE_MS);
    if (opened === 'timed-out') throw new TokenHostError('lost', 'The login cannot be announced');
  }

  #opened(): { anchor: Anchor; slot: Handle } {
    if (this.#anchor === undefined || this.#found === undefined) {
      throw new TypeError('The lane has not started');
    }
    return { anchor: this.#anchor, slot: this.#found.slot };
  }

  #logIn(): void {
    const { anchor } = this.#opened();
    anchor.login(anchor.open().session);
  }

  #list(session: Handle): ObjectsChange {
    return { reset: true, removed: [], added: listEntries(this.#library, session) };
  }

  #attempt(work: (again: boolean) => LaneAnswer): LaneAnswer {
    for (let again = false; ; again = true) {
      try {
        return work(again);
      } catch (error) {
        const rv = returnValue(error);
        const action = rv === undefined ? undefined : returnCode(rv).action;
        if (action === 'caller' || action === 'refused') return { outcome: outcomeOf(error) };
        try {
          this.#anchor?.renew();
          this.#tell({ kind: 'progress' });
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
