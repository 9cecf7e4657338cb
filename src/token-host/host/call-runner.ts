import { type ReturnCodeAction, returnCode, returnCodeNumber } from '../protocol/return-codes.js';
import type { WorkerCallName } from '../protocol/token-calls.js';
import type { TokenProfile } from '../vendors/vendor.js';
import type { SessionContext } from './context.js';
import { type Handle, type Library, returnValue } from './pkcs11.js';
import { hasSelfTest, selfTest, type TestedCallName } from './self-tests.js';
import type { SessionSource } from './session.js';
import type { Outcome } from './thread-messages.js';
import { runWorkerCall } from './worker-calls.js';

/** A call on any session, with the handle of its key. */
export interface WorkerCall {
  readonly name: WorkerCallName;
  readonly key: Handle | undefined;
  /** Packed. */
  readonly args: Uint8Array;
}

/** Failures of a round trip that say themselves what they call for. */
const CURED_ELSEWHERE: ReadonlySet<ReturnCodeAction> = new Set([
  'session',
  'login',
  'handles',
  'busy',
  'refused',
]);

/** The answer to a call whose key's handle is from before the present login: it is not tried. */
export const STALE: Outcome = {
  kind: 'failed',
  rv: returnCodeNumber('CKR_KEY_HANDLE_INVALID'),
  action: 'handles',
};

/** What a worker can't mend: it has no session for the call. */
export const NO_SESSION = 'no-session';

/**
 * Runs calls on one session, and mends what a thread can mend alone: a lost session, and the doubt
 * whether a return code means a wrong tag or a broken device. All else is the server's.
 */
export class CallRunner {
  readonly #library: Library;
  readonly #session: SessionSource;
  readonly #vendor: TokenProfile;
  readonly #progress: () => void;

  /** `progress` is called between two calls of the library that belong to one request. */
  constructor(
    library: Library,
    session: SessionSource,
    vendor: TokenProfile,
    progress: () => void,
  ) {
    this.#library = library;
    this.#session = session;
    this.#vendor = vendor;
    this.#progress = progress;
  }

  /** Runs one call and zeroes its arguments. An unexpected error becomes an outcome. */
  run(call: WorkerCall): Outcome | typeof NO_SESSION {
    try {
      return this.#run(call);
    } finally {
      call.args.fill(0);
    }
  }

  #run(call: WorkerCall): Outcome | typeof NO_SESSION {
    for (let blames = 0, faults = 0; ; ) {
      const rv = this.#attempt(call);
      if (typeof rv !== 'number') return rv;
      const { action } = returnCode(rv);
      if (hasSelfTest(call.name) && this.#mayBlameInput(rv, action)) {
        blames += 1;
        // One failure is no proof that a ciphertext is invalid: it must come twice.
        if (blames > 1) return this.#judgeInput(call.name, call, rv, action);
      } else if (action === 'caller') {
        return { kind: 'failed', rv, action };
      } else {
        faults += 1;
      }
      this.#renew();
      const again = blames > 0 || action === 'session' || action === 'bad-tag';
      if (!again) return { kind: 'failed', rv, action };
      if (faults > 1)
        return { kind: 'failed', rv, action: action === 'bad-tag' ? 'restart' : action };
    }
  }

  #renew(): void {
    this.#session.recycle();
    this.#progress();
  }

  /** Whether the code of a decryption says, or may say, that what the caller sent is wrong. */
  #mayBlameInput(rv: number, action: ReturnCodeAction): boolean {
    return action === 'caller' || this.#vendor.badTagCodes.includes(rv);
  }

  #context(): SessionContext {
    return { library: this.#library, session: this.#session.open(), vendor: this.#vendor };
  }

  #attempt({ name, key, args }: WorkerCall): Outcome | typeof NO_SESSION | number {
    let context: SessionContext;
    try {
      context = this.#context();
    } catch (error) {
      const rv = returnValue(error);
      if (rv === undefined) throw error;
      return rv === returnCodeNumber('CKR_SESSION_COUNT') ? NO_SESSION : rv;
    }
    try {
      return { kind: 'result', value: runWorkerCall(name, context, key, args) };
    } catch (error) {
      const rv = returnValue(error);
      if (rv !== undefined) return rv;
      this.#session.recycle();
      return { kind: 'fault', fault: 'invalid', message: 'The call could not be made' };
    }
  }

  /** A wrong tag and a broken device may give the same code; a round trip with the key tells them apart. */
  #judgeInput(
    name: TestedCallName,
    { args, key }: WorkerCall,
    rv: number,
    action: ReturnCodeAction,
  ): Outcome {
    if (action === 'caller' || key === undefined) return { kind: 'failed', rv, action };
    this.#renew();
    const failure = this.#selfTest(name, args, key);
    if (failure === undefined) return { kind: 'failed', rv, action: 'caller' };
    this.#session.recycle();
    // A key that may not encrypt leaves the doubt: no invalid ciphertext, but no restart either.
    if (failure === returnCodeNumber('CKR_KEY_FUNCTION_NOT_PERMITTED')) {
      return { kind: 'failed', rv, action: 'failed' };
    }
    const { action: cure } = returnCode(failure);
    return CURED_ELSEWHERE.has(cure)
      ? { kind: 'failed', rv: failure, action: cure }
      : { kind: 'failed', rv, action: 'restart' };
  }

  /** Undefined when the round trip works, otherwise the return code it gave. */
  #selfTest(name: TestedCallName, args: Uint8Array, key: Handle): number | undefined {
    try {
      const works = selfTest(name, () => this.#context(), key, args, this.#progress);
      return works ? undefined : returnCodeNumber('CKR_DEVICE_ERROR');
    } catch (error) {
      const rv = returnValue(error);
      if (rv === undefined) throw error;
      return rv;
    }
  }
}
