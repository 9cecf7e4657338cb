/**
 * The calls that wait for a slow key pair: bounded, each until its deadline, and in an order that gives
 * every account its turn, however many orders another has placed.
 */

import type { KeySpec } from '../../crypto/algorithms.js';
import type { KeyPairOctets } from '../../crypto/key-pairs.js';
import { deadlinePassed, throttled } from '../../kernel/common-errors.js';
import type { Deadline } from '../../kernel/time.js';
import type { RandomSource } from '../contract/abilities.js';

/** Node's timers: what is longer would be over at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A call that needs a key pair. */
export interface PairOrder {
  readonly keySpec: KeySpec;
  /** Whose call it is. */
  readonly accountId: string;
  /** The seed of a pair that grows from one. */
  readonly random: RandomSource;
  readonly deadline: Deadline;
}

export interface WaitingOrdersOptions {
  /** How many may wait at once. */
  readonly limit: number;
  /** Whether there are several accounts; then none may have more places than it leaves free. */
  readonly shared: boolean;
  /** Real time in epoch milliseconds. */
  readonly now: () => number;
}

interface Waiting {
  readonly order: PairOrder;
  readonly resolve: (pair: KeyPairOctets) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

export class WaitingOrders {
  readonly #options: WaitingOrdersOptions;
  /** By account, whoever's turn is next in front; an account without orders isn't in it. */
  readonly #accounts = new Map<string, Waiting[]>();
  #size = 0;

  constructor(options: WaitingOrdersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Waits for a pair.
   * @throws CommonError ThrottlingException when too many wait, InternalFailure at the deadline
   */
  wait(order: PairOrder): Promise<KeyPairOctets> {
    const { limit, shared, now } = this.#options;
    const left = order.deadline - now();
    if (left <= 0) return Promise.reject(deadlinePassed());
    const own = this.#accounts.get(order.accountId) ?? [];
    const free = limit - this.#size;
    if (free <= 0 || (shared && own.length >= free)) return Promise.reject(throttled());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          this.#remove(waiting);
          reject(deadlinePassed());
        },
        Math.min(left, LONGEST_TIMER_MS),
      );
      const waiting = { order, resolve, reject, timer };
      own.push(waiting);
      this.#accounts.set(order.accountId, own);
      this.#size += 1;
    });
  }

  /** @returns whether somebody waited for a pair of this spec and has it now. */
  give(keySpec: KeySpec, pair: KeyPairOctets): boolean {
    const waiting = this.#next(keySpec);
    waiting?.resolve(pair);
    return waiting !== undefined;
  }

  /** The same for the reason why there is none. */
  fail(keySpec: KeySpec, error: unknown): boolean {
    const waiting = this.#next(keySpec);
    waiting?.reject(error);
    return waiting !== undefined;
  }

  /** Whether somebody waits for a pair of this spec. */
  has(keySpec: KeySpec): boolean {
    return [...this.#inTurn()].some(({ order }) => order.keySpec === keySpec);
  }

  /** The spec of the first order for which nothing is being made yet. @param making how many of each are */
  unmet(making: ReadonlyMap<KeySpec, number>): KeySpec | undefined {
    const left = new Map(making);
    for (const { order } of this.#inTurn()) {
      const coming = left.get(order.keySpec) ?? 0;
      if (coming === 0) return order.keySpec;
      left.set(order.keySpec, coming - 1);
    }
    return undefined;
  }

  /** Ends every wait. */
  failAll(error: () => Error): void {
    for (const waiting of [...this.#inTurn()]) {
      this.#remove(waiting);
      waiting.reject(error());
    }
  }

  /** Takes out who is next for a pair of this spec; the account's next turn is behind the others'. */
  #next(keySpec: KeySpec): Waiting | undefined {
    for (const waiting of this.#inTurn()) {
      if (waiting.order.keySpec !== keySpec) continue;
      const own = this.#remove(waiting);
      this.#accounts.delete(waiting.order.accountId);
      if (own.length > 0) this.#accounts.set(waiting.order.accountId, own);
      return waiting;
    }
    return undefined;
  }

  /** @returns what its account still waits for */
  #remove(waiting: Waiting): Waiting[] {
    const { accountId } = waiting.order;
    clearTimeout(waiting.timer);
    const own = (this.#accounts.get(accountId) ?? []).filter((other) => other !== waiting);
    if (own.length > 0) this.#accounts.set(accountId, own);
    else this.#accounts.delete(accountId);
    this.#size -= 1;
    return own;
  }

  /** The first order of each account, then the second of each, and so on. */
  *#inTurn(): Generator<Waiting> {
    const rows = [...this.#accounts.values()];
    const longest = Math.max(0, ...rows.map(({ length }) => length));
    for (let rank = 0; rank < longest; rank += 1) {
      for (const row of rows) {
        const waiting = row[rank];
        if (waiting) yield waiting;
      }
    }
  }
}
