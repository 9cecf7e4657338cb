/** Counts requests against rates, each in a bucket that fills evenly and holds what a second gives. */

export interface Charge {
  /** Whose bucket: of one quota, account and Region. */
  readonly bucket: string;
  readonly perSecond: number;
  readonly amount: number;
}

interface Bucket {
  /** Requests that may come at once; below nought where one was worth several. */
  left: number;
  /** When that was so. */
  at: number;
  perSecond: number;
}

/** So many buckets are kept without a look whether they are needed. */
const FEW_BUCKETS = 1000;

export class RequestRates {
  readonly #buckets = new Map<string, Bucket>();
  readonly #monotonic: () => number;
  #sweepAt = FEW_BUCKETS;

  /** @param monotonic milliseconds that never go back */
  constructor(monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic;
  }

  /**
   * Takes all of it, or nothing where one bucket is used up.
   * @returns the charge that can't be had; undefined: all were taken
   */
  take<Each extends Charge>(charges: readonly Each[]): Each | undefined {
    const refused = charges.find((charge) => this.#filled(charge).left < 1);
    if (refused) return refused;
    for (const charge of charges) this.#filled(charge).left -= charge.amount;
    return undefined;
  }

  get size(): number {
    return this.#buckets.size;
  }

  #filled({ bucket: name, perSecond }: Charge): Bucket {
    const at = this.#monotonic();
    const known = this.#buckets.get(name);
    if (known) {
      known.left = leftAt(known, at);
      known.at = at;
      return known;
    }
    if (this.#buckets.size >= this.#sweepAt) this.#sweep(at);
    const made = { left: roomOf(perSecond), at, perSecond };
    this.#buckets.set(name, made);
    return made;
  }

  /** A full bucket is as good as none: what remains was used in the last seconds. */
  #sweep(at: number): void {
    for (const [name, bucket] of this.#buckets) {
      if (leftAt(bucket, at) >= roomOf(bucket.perSecond)) this.#buckets.delete(name);
    }
    this.#sweepAt = Math.max(FEW_BUCKETS, 2 * this.#buckets.size);
  }
}

/** What a second gives, and one request where that is less. */
function roomOf(perSecond: number): number {
  return Math.max(1, perSecond);
}

function leftAt({ left, at, perSecond }: Bucket, now: number): number {
  return Math.min(roomOf(perSecond), left + ((now - at) / 1000) * perSecond);
}
