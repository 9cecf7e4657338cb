/** How long a server may trust what it remembers of the database. */

/** What asks before it answers from memory. */
export interface Lease {
  /** Whether memory is at most {@link LEASE_MS} behind the database. */
  readonly held: boolean;
}

/** Memory is trusted for so long after the change feed was last asked and answered. */
export const LEASE_MS = 5000;

export interface LeaseClocks {
  /** Milliseconds that never go back, whatever is done to the wall clock. */
  readonly monotonic: () => number;
  /** Epoch milliseconds: it goes on while the machine is suspended, where the other may stand still. */
  readonly wallClock: () => number;
}

/** A moment by both clocks. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/**
 * A lease on memory. It is held until either clock says that it is over: a clock that is set back
 * prolongs nothing, and a process that was stopped, or whose machine slept, finds it over when it goes on.
 */
export class MemoryLease implements Lease {
  readonly #clocks: LeaseClocks;
  #renewed: Moment | undefined;

  constructor(clocks: LeaseClocks) {
    this.#clocks = clocks;
  }

  now(): Moment {
    return { monotonic: this.#clocks.monotonic(), wall: this.#clocks.wallClock() };
  }

  /** @param asked when the question was sent whose answer proves that memory is right */
  renew(asked: Moment): void {
    this.#renewed = asked;
  }

  end(): void {
    this.#renewed = undefined;
  }

  get held(): boolean {
    return this.ageMs < LEASE_MS;
  }

  /** Since the last renewal; infinite before the first. */
  get ageMs(): number {
    const renewed = this.#renewed;
    if (!renewed) return Number.POSITIVE_INFINITY;
    const monotonic = this.#clocks.monotonic() - renewed.monotonic;
    return Math.max(monotonic, this.#clocks.wallClock() - renewed.wall);
  }
}
