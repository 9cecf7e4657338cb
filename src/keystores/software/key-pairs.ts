/**
 * Key pairs made in software. What takes long, RSA's primes, is made by a few workers with a queue of its
 * own; a pair belongs to no call until it is given to one, so that what is finished after its caller's
 * deadline is the next caller's, or put by.
 */

import { randomBytes } from 'node:crypto';
import { type KeySpec, seedBytes } from '../../crypto/algorithms.js';
import { isSlowKeyPair } from '../../crypto/cost.js';
import type { KeyPairOctets } from '../../crypto/key-pairs.js';
import { unavailable } from '../../kernel/common-errors.js';
import type { RandomSource } from '../contract/abilities.js';
import type { CryptoPool } from './crypto-pool.js';
import type { KeyPairStock } from './key-pair-stock.js';
import type { PairOrder, WaitingOrders } from './waiting-orders.js';

export interface KeyPairsOptions {
  readonly pool: Pick<CryptoPool, 'makeKeyPair' | 'pairWorkers'>;
  readonly stock: KeyPairStock;
  readonly orders: WaitingOrders;
  /** Real time in epoch milliseconds. */
  readonly now: () => number;
  /** Why a pair that nobody waited for could not be made. */
  readonly onFault: (error: unknown) => void;
}

/** For pairs that go outside: this process's own generator, as of data keys. */
export const ownRandom: RandomSource = async (length) => randomBytes(length);

/** Who waits for a pair while it is sealed has his own deadline; this only bounds the opening. */
const TAKE_TIMEOUT_MS = 10_000;

/** What has become of the slow pairs of a spec. */
export interface PairCounts {
  /** Given to calls: from the stock, or just made. */
  stocked: number;
  made: number;
  /** Zeroed unused: there was no place for them, or they could not be sealed. */
  dropped: number;
}

export class KeyPairs {
  readonly #options: KeyPairsOptions;
  /** The specs that were asked for since the start. */
  readonly #asked = new Map<KeySpec, PairCounts>();
  /** By spec, for the stock too. */
  readonly #making = new Map<KeySpec, number>();
  /** For orders alone. */
  #working = 0;
  #filling = false;
  /** Pairs on their way into the stock. */
  #sealing = 0;
  /** Something failed: the stock waits for the next order before it is tried again. */
  #paused = false;
  #closed = false;

  constructor(options: KeyPairsOptions) {
    this.#options = options;
  }

  /**
   * Hands a new pair to `use`. When that succeeds the pair is used up, and its private key the caller's to
   * zero. When it fails it must have given the pair to nobody: somebody else may get it.
   * @throws CommonError ThrottlingException when too many wait, InternalFailure at the deadline
   */
  async use<T>(order: PairOrder, use: (pair: KeyPairOctets) => Promise<T>): Promise<T> {
    const slow = isSlowKeyPair(order.keySpec);
    const pair = slow ? await this.#take(order) : await this.#grow(order);
    try {
      return await use(pair);
    } catch (error) {
      if (slow) this.#give(order.keySpec, pair);
      else pair.privateKey.fill(0);
      throw error;
    }
  }

  /** How many calls wait for a slow pair. */
  get waiting(): number {
    return this.#options.orders.size;
  }

  /** Of each spec that was asked for: how many are ready, and what became of the others. */
  *counts(): Generator<PairCounts & { readonly keySpec: KeySpec; readonly ready: number }> {
    for (const [keySpec, counts] of this.#asked) {
      yield { keySpec, ready: this.#options.stock.count(keySpec), ...counts };
    }
  }

  /** Ends every wait; what is being made is lost with its worker. */
  close(): void {
    this.#closed = true;
    this.#options.orders.failAll(unavailable);
  }

  async #grow({ keySpec, random, deadline }: PairOrder): Promise<KeyPairOctets> {
    const length = seedBytes(keySpec);
    const seed = length > 0 ? await random(length, deadline) : Buffer.alloc(0);
    try {
      return await this.#options.pool.makeKeyPair(keySpec, seed);
    } finally {
      seed.fill(0);
    }
  }

  async #take(order: PairOrder): Promise<KeyPairOctets> {
    const { stock, orders } = this.#options;
    const { keySpec, deadline } = order;
    const counts = this.#countsOf(keySpec);
    this.#paused = false;
    const stocked = await stock.take(keySpec, deadline);
    const pair = stocked ?? orders.wait(order);
    this.#work();
    if (stocked) counts.stocked += 1;
    return pair;
  }

  /** Begins what is to be made now: first for those who wait, then, one at a time, for the stock. */
  #work(): void {
    if (this.#closed) return;
    const { pool, orders, stock } = this.#options;
    while (this.#working < pool.pairWorkers) {
      const keySpec = orders.unmet(this.#making);
      if (!keySpec) break;
      this.#working += 1;
      void this.#make(keySpec).then(() => {
        this.#working -= 1;
        this.#work();
      });
    }
    if (this.#filling || this.#paused || this.#working > 0 || this.#sealing > 0) return;
    const lacking = [...this.#asked.keys()].find((keySpec) => stock.hasRoom(keySpec));
    if (!lacking) return;
    this.#filling = true;
    void this.#make(lacking).then(() => {
      this.#filling = false;
      this.#work();
    });
  }

  /** Makes one pair, for whoever waits by then. Never rejects. */
  async #make(keySpec: KeySpec): Promise<void> {
    const { pool, orders, onFault } = this.#options;
    this.#making.set(keySpec, (this.#making.get(keySpec) ?? 0) + 1);
    try {
      const pair = await pool.makeKeyPair(keySpec, Buffer.alloc(0));
      this.#give(keySpec, pair);
    } catch (error) {
      if (orders.fail(keySpec, error) || this.#closed) return;
      this.#paused = true;
      onFault(error);
    } finally {
      this.#making.set(keySpec, (this.#making.get(keySpec) ?? 0) - 1);
    }
  }

  /** A pair that nobody has: whoever waits gets it, else the stock. */
  #give(keySpec: KeySpec, pair: KeyPairOctets): void {
    const { stock, orders } = this.#options;
    const counts = this.#countsOf(keySpec);
    if (orders.give(keySpec, pair)) {
      counts.made += 1;
    } else if (this.#closed || !stock.hasRoom(keySpec)) {
      pair.privateKey.fill(0);
      counts.dropped += 1;
    } else {
      void this.#putBy(keySpec, pair);
    }
  }

  async #putBy(keySpec: KeySpec, pair: KeyPairOctets): Promise<void> {
    const { stock, orders, now } = this.#options;
    this.#sealing += 1;
    const kept = await stock.put(keySpec, pair);
    this.#sealing -= 1;
    if (!kept) {
      this.#countsOf(keySpec).dropped += 1;
      this.#paused = true;
    } else if (orders.has(keySpec)) {
      // Somebody has come while it was sealed.
      const stocked = await stock.take(keySpec, now() + TAKE_TIMEOUT_MS);
      if (stocked) this.#give(keySpec, stocked);
    }
    this.#work();
  }

  #countsOf(keySpec: KeySpec): PairCounts {
    const known = this.#asked.get(keySpec);
    if (known) return known;
    const counts = { stocked: 0, made: 0, dropped: 0 };
    this.#asked.set(keySpec, counts);
    return counts;
  }
}
