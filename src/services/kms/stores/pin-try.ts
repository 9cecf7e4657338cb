import { setTimeout as after } from 'node:timers/promises';

/**
 * `untried`: the token hasn't looked at the password. `unknown`: nobody knows what it said, which counts
 * as refused.
 */
export type TryOutcome = 'good' | 'refused' | 'unknown' | 'untried';

export interface PinTryOptions {
  readonly everyMs: number;
  /** Lets the other servers know that this one still tries. */
  readonly beat: () => Promise<void>;
  /** False: this try was taken for lost. */
  readonly settle: (outcome: TryOutcome) => Promise<boolean>;
}

/** Between two attempts to record an outcome while the database is away. */
const AGAIN_MS = 1000;

/** A password that this server alone tries, until it is settled. */
export class PinTry {
  readonly #options: PinTryOptions;
  readonly #timer: NodeJS.Timeout;

  constructor(options: PinTryOptions) {
    this.#options = options;
    // One that fails is seen as silence; `settle` says so if the database stays away.
    this.#timer = setInterval(() => void options.beat().catch(() => undefined), options.everyMs);
    this.#timer.unref();
  }

  /**
   * Records what came of it, for all servers; as long as it takes, while the database is away.
   * @param isCancelled the caller waits no longer: nobody will know the outcome then
   * @returns false when the others have taken the try for lost, and the password for refused
   * @throws what the database failed with, when the caller waits no longer
   */
  async settle(outcome: TryOutcome, isCancelled: () => boolean): Promise<boolean> {
    try {
      for (;;) {
        try {
          return await this.#options.settle(outcome);
        } catch (error) {
          if (isCancelled()) throw error;
          await after(AGAIN_MS);
        }
      }
    } finally {
      clearInterval(this.#timer);
    }
  }
}
