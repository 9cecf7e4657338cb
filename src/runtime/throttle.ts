import { throttled } from '../kernel/common-errors.js';

/** Unsigned calls have so small a part of the signed ones' room, beside it. */
const UNSIGNED_PART = 1 / 20;

/** Who has places: an account, or all who don't sign together. */
interface Holder {
  held: number;
}

/** A place of the throttle, to be given back once. */
export type Place = Readonly<Holder>;

/**
 * Bounds the calls in work at once, so that a slow token can't fill the memory with waiting ones. Where
 * there are several accounts, none holds more places than it leaves free: whoever comes late, and however
 * many came before, finds one. Unsigned calls have a few places of their own, and never a signed one's.
 */
export class Throttle {
  readonly #maxInFlight: number;
  readonly #maxUnsigned: number;
  readonly #shared: boolean;
  /** By account, of those that have called: the configured ones are all there can be. */
  readonly #accounts = new Map<string, Holder>();
  readonly #unsigned: Holder = { held: 0 };
  #signed = 0;

  /** @param shared whether there are several accounts; a single one may have all places */
  constructor(maxInFlight: number, shared: boolean) {
    this.#maxInFlight = maxInFlight;
    this.#maxUnsigned = Math.ceil(maxInFlight * UNSIGNED_PART);
    this.#shared = shared;
  }

  /**
   * @param accountId of the caller that was authenticated; undefined for nobody
   * @throws CommonError ThrottlingException
   */
  enter(accountId: string | undefined): Place {
    if (accountId === undefined) return this.#enterUnsigned();
    const holder = this.#holderOf(accountId);
    const free = this.#maxInFlight - this.#signed;
    if (free <= 0 || (this.#shared && holder.held >= free)) throw throttled();
    holder.held += 1;
    this.#signed += 1;
    return holder;
  }

  leave(place: Place): void {
    const holder: Holder = place;
    holder.held -= 1;
    if (holder !== this.#unsigned) this.#signed -= 1;
  }

  get inFlight(): number {
    return this.#signed + this.#unsigned.held;
  }

  #enterUnsigned(): Place {
    if (this.#unsigned.held >= this.#maxUnsigned) throw throttled();
    this.#unsigned.held += 1;
    return this.#unsigned;
  }

  #holderOf(accountId: string): Holder {
    const known = this.#accounts.get(accountId);
    if (known) return known;
    const made = { held: 0 };
    this.#accounts.set(accountId, made);
    return made;
  }
}
