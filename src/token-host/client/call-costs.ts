import type { CallName } from '../protocol/token-calls.js';

/**
 * How much the latest time counts against those before: a shorter one a lot, since what made others
 * longer was waiting, for a CPU or behind another call.
 */
const SHORTER_WEIGHT = 0.5;
const LONGER_WEIGHT = 0.02;

/** Before a call was made once, in milliseconds: long enough not to put two of them into one queue. */
const UNKNOWN_MS = 1;

/** How long each kind of call takes a thread at its best, in milliseconds: a moving estimate. */
export class CallCosts {
  readonly #estimates = new Map<CallName, number>();

  of(name: CallName): number {
    return this.#estimates.get(name) ?? UNKNOWN_MS;
  }

  learn(name: CallName, ms: number): void {
    const before = this.of(name);
    const weight = ms < before ? SHORTER_WEIGHT : LONGER_WEIGHT;
    this.#estimates.set(name, before + weight * (ms - before));
  }
}
