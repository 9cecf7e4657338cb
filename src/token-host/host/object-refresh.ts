import type { ReturnCodeAction } from '../protocol/return-codes.js';
import { runsOnWorker } from '../protocol/token-calls.js';
import type { HostCall } from './dispatcher.js';
import type { HostThreads } from './host-threads.js';
import type { Outcome } from './thread-messages.js';

/** How often the objects are read again for one call: once for it, once when others were first. */
const MAX_REFRESHES = 2;

/** Mends what a worker cannot mend alone: a lost login, and handles that are stale. */
export class ObjectRefresh {
  readonly #threads: HostThreads;
  #refreshing: Promise<Outcome> | undefined;
  #reading = 0;

  constructor(threads: HostThreads) {
    this.#threads = threads;
  }

  /** The number of the reading of the objects that the handles now come from. */
  get reading(): number {
    return this.#reading;
  }

  /** The objects were read anew: handles from before are stale. */
  objectsRead(): void {
    this.#reading += 1;
  }

  /** Whether a call that failed so is worth another attempt after `refreshFor`. */
  mayHelp(call: HostCall, action: ReturnCodeAction): boolean {
    // The management thread has tried again by itself.
    if (!runsOnWorker(call.name)) return false;
    return (action === 'login' || action === 'handles') && call.refreshes < MAX_REFRESHES;
  }

  /**
   * Has the management thread log in and read the objects again, once for all the calls that ask
   * meanwhile. Undefined when the call can be tried again, otherwise how that failed.
   */
  async refreshFor(call: HostCall, login: boolean): Promise<Outcome | undefined> {
    const stale = call.reading < this.#reading;
    call.refreshes += stale ? 1 : MAX_REFRESHES;
    if (stale) return undefined;
    this.#refreshing ??= this.#threads.ask({ kind: 'refresh', login }).then(({ outcome }) => {
      this.#refreshing = undefined;
      return outcome;
    });
    const outcome = await this.#refreshing;
    return outcome.kind === 'result' ? undefined : outcome;
  }
}
