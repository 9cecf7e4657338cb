import { type ReturnCodeAction, returnCode, returnCodeNumber } from '../protocol/return-codes.js';
import type { TokenProfile } from '../vendors/vendor.js';
import type { SessionContext } from './context.js';
import { type Handle, handleFromNumber, type Library, returnValue } from './pkcs11.js';
import { hasSelfTest, selfTest, type TestedCallName } from './self-tests.js';
import { Session } from './session.js';
import type { Outcome, WorkerCall } from './thread-messages.js';
import { runWorkerCall } from './worker-calls.js';

/**
 * Runs calls on one session, and mends what a thread can mend alone: a lost session, and the doubt
 * whether a return code means a wrong tag or a broken device. All else is the supervisor's.
 */
export class CallRunner {
  readonly #library: Library;
  readonly #session: Session;
  readonly #vendor: TokenProfile;
  readonly #progress: () => void;

  /** `progress` is called between two calls of the library that belong to one request. */
  constructor(library: Library, slot: Handle, vendor: TokenProfile, progress: () => void) {
    this.#library = library;
    this.#session = new Session(library, slot);
    this.#vendor = vendor;
    this.#progress = progress;
  }

  /** Runs one call and zeroes its arguments. An unexpected error becomes an outcome. */
  run(call: WorkerCall): Outcome {
    try {
      return this.#run(call);
    } finally {
      call.args.fill(0);
    }
  }

  /** Closes the session, between calls only. */
  close(): void {
    this.#session.recycle();
  }

  #run(call: WorkerCall): Outcome {
    const key = call.key === undefined ? undefined : handleFromNumber(call.key);
    for (let retried = false; ; retried = true) {
      const rv = this.#attempt(call, key);
      if (typeof rv !== 'number') return rv;
      const { action } = returnCode(rv);
      if (action === 'caller') return { kind: 'failed', rv, action };
      this.#session.recycle();
      this.#progress();
      const verdict = this.#judge(call, key, rv, action);
      if (verdict !== 'retry') return verdict;
      if (retried) {
        return { kind: 'failed', rv, action: action === 'bad-tag' ? 'restart' : action };
      }
    }
  }

  #context(): SessionContext {
    return { library: this.#library, session: this.#session.open(), vendor: this.#vendor };
  }

  #attempt(call: WorkerCall, key: Handle | undefined): Outcome | number {
    try {
      return { kind: 'result', value: runWorkerCall(call.name, this.#context(), key, call.args) };
    } catch (error) {
      const rv = returnValue(error);
      if (rv !== undefined) return rv;
      this.#session.recycle();
      return { kind: 'fault', fault: 'invalid', message: 'The call could not be made' };
    }
  }

  #judge(
    call: WorkerCall,
    key: Handle | undefined,
    rv: number,
    action: ReturnCodeAction,
  ): Outcome | 'retry' {
    if (hasSelfTest(call.name) && key && this.#vendor.badTagCodes.includes(rv)) {
      return this.#judgeTag(call.name, call.args, key, rv);
    }
    return action === 'session' || action === 'bad-tag' ? 'retry' : { kind: 'failed', rv, action };
  }

  /** A wrong tag and a broken device give the same code; a round trip with the key tells them apart. */
  #judgeTag(name: TestedCallName, args: Uint8Array, key: Handle, rv: number): Outcome | 'retry' {
    const failure = this.#selfTest(name, args, key);
    if (failure === undefined) return { kind: 'failed', rv, action: 'caller' };
    this.#session.recycle();
    // A key that may not encrypt leaves the doubt: no invalid ciphertext, but no restart either.
    if (failure === returnCodeNumber('CKR_KEY_FUNCTION_NOT_PERMITTED')) {
      return { kind: 'failed', rv, action: 'failed' };
    }
    const { action } = returnCode(failure);
    if (action === 'session') return 'retry';
    if (action === 'login' || action === 'handles' || action === 'busy' || action === 'refused') {
      return { kind: 'failed', rv: failure, action };
    }
    return { kind: 'failed', rv, action: 'restart' };
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
