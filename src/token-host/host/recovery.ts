import { operationRow } from '../protocol/protocol.js';
import type { ReturnCodeAction } from '../protocol/return-codes.js';
import type { HostCall } from './dispatcher.js';
import type { HostThreads } from './host-threads.js';
import type { Outcome } from './thread-messages.js';

/** How often the objects are read again for one call: once for it, once when others were first. */
const MAX_RECOVERIES = 2;

/** Cures what a session worker cannot cure alone: a lost login, and handles that are stale. */
export class Recovery {
  readonly #threads: HostThreads;
  #refreshing: Promise<Outcome> | undefined;
  #generation = 0;

  constructor(threads: HostThreads) {
    this.#threads = threads;
  }

  /** Which reading of the objects is the current one. */
  get generation(): number {
    return this.#generation;
  }

  /** The objects were read anew: handles from before are stale. */
  objectsRead(): void {
    this.#generation += 1;
  }

  /** Whether a call that failed so is worth another attempt after `cure`. */
  isCurable(call: HostCall, action: ReturnCodeAction): boolean {
    // The lane has tried again by itself.
    if (operationRow(call.operation).runs === 'lane') return false;
    return (action === 'login' || action === 'handles') && call.recoveries < MAX_RECOVERIES;
  }

  /**
   * Has the lane log in and read the objects again, once for all the calls that ask meanwhile.
   * Undefined when the call can be tried again, otherwise how the cure failed.
   */
  async cure(call: HostCall, login: boolean): Promise<Outcome | undefined> {
    const stale = call.generation < this.#generation;
    call.recoveries += stale ? 1 : MAX_RECOVERIES;
    if (stale) return undefined;
    this.#refreshing ??= this.#threads.ask({ kind: 'refresh', login }).then(({ outcome }) => {
      this.#refreshing = undefined;
      return outcome;
    });
    const outcome = await this.#refreshing;
    return outcome.kind === 'result' ? undefined : outcome;
  }
}
