/**
 * How often an AES key has encrypted with AES-GCM under random 96-bit IVs, over all servers of a
 * database and all their starts. NIST SP 800-38D §8.3 allows 2^32 invocations of one key, whoever makes
 * the IVs: the server or the HSM.
 *
 * Servers reserve blocks in the database and count in memory what is left of theirs. What a crash
 * leaves of a block is lost: too many may be counted, never too few. What the token encrypts for a call
 * and nobody is given (an attempt that is repeated, a trial of the key) is not counted: an IV is of no
 * use to anybody without the ciphertexts.
 */
import { LRUCache } from 'lru-cache';
import { isAway } from '../../db/database.js';
import { deadlinePassed, unavailable } from '../../kernel/common-errors.js';
import type { Deadline } from '../../kernel/time.js';
import type { Log } from '../../observe/log.js';
import { StoreError } from '../contract/store-error.js';
import type { InvocationRepository } from './invocation-repository.js';

/** The most invocations of one key. */
export const MOST_INVOCATIONS = 2 ** 32;
/** From here on an operator is warned. */
export const MANY_INVOCATIONS = 2 ** 31;

/**
 * A key that is used little loses no more than the first of these by a restart; one that is used much
 * asks for the last of them.
 */
const FIRST_BLOCK = 2 ** 10;
const LAST_BLOCK = 2 ** 16;
const BLOCK_GROWTH = 8;
/** Keys whose blocks are remembered; one that is forgotten reserves anew. */
const MAX_KEYS = 100_000;
/** From a reservation ahead that failed to the next try. */
const PAUSE_MS = 1000;

/** What this server has of one key. */
interface Share {
  /** Reserved here and not used; below nought where a root key could not wait. */
  left: number;
  /** What the next reservation asks for. */
  block: number;
  /** Below this the next block is asked for. */
  low: number;
  /** By all servers, when this one asked last. */
  reserved: number;
  /** Nothing more can be reserved. */
  ended: boolean;
  running: Promise<void> | undefined;
  failedAt: number | undefined;
}

export interface InvocationsOptions {
  readonly repository: Pick<InvocationRepository, 'reserve'>;
  readonly log: Log;
  /** The clock of deadlines. */
  readonly now: () => number;
}

export class Invocations {
  readonly #options: InvocationsOptions;
  readonly #shares = new LRUCache<string, Share>({ max: MAX_KEYS });

  constructor(options: InvocationsOptions) {
    this.#options = options;
  }

  /**
   * Takes one invocation of a key, before it encrypts. Undefined, at once, as long as this server has
   * some left; it waits only for the first block after a start, or where a block was used up faster
   * than the database gave the next.
   * @throws StoreError worn-out when there are none left; ServiceUnavailableException while the
   * database gives none
   */
  take(name: string, deadline: Deadline): Promise<void> | undefined {
    const share = this.#shareOf(name);
    if (share.left <= 0) return this.#waitFor(name, share, deadline);
    share.left -= 1;
    this.#reserveAhead(name, share);
    return undefined;
  }

  /**
   * The same for a key that can't wait for the database, since its caller may hold the database's only
   * connection: the root key. What is used before it is reserved is taken off the next block; so a crash
   * may lose what was used while the database didn't answer, and only that.
   * @throws StoreError worn-out
   */
  note(name: string): void {
    const share = this.#shareOf(name);
    if (share.ended && share.left <= 0) throw wornOut();
    share.left -= 1;
    this.#reserveAhead(name, share);
  }

  /** Reserved of the key, among those used since the start, that has most. */
  get most(): number {
    return this.#reserved().reduce((most, reserved) => Math.max(most, reserved), 0);
  }

  /** How many of the keys used since the start have come to `MANY_INVOCATIONS`. */
  get wearing(): number {
    return this.#reserved().filter((reserved) => reserved >= MANY_INVOCATIONS).length;
  }

  #reserved(): number[] {
    return [...this.#shares.values()].map(({ reserved }) => Math.min(reserved, MOST_INVOCATIONS));
  }

  #shareOf(name: string): Share {
    const known = this.#shares.get(name);
    if (known) return known;
    const made: Share = {
      ...{ left: 0, block: FIRST_BLOCK, low: 0, reserved: 0, ended: false },
      ...{ running: undefined, failedAt: undefined },
    };
    this.#shares.set(name, made);
    return made;
  }

  async #waitFor(name: string, share: Share, deadline: Deadline): Promise<void> {
    // Others wait for the same block, and may use it up.
    while (share.left <= 0) {
      if (share.ended) throw wornOut();
      await this.#inTime(this.#reserve(name, share), deadline);
    }
    share.left -= 1;
    this.#reserveAhead(name, share);
  }

  #reserveAhead(name: string, share: Share): void {
    if (share.left >= share.low && share.left > 0) return;
    if (share.ended || share.running) return;
    const { now } = this.#options;
    if (share.failedAt !== undefined && now() - share.failedAt < PAUSE_MS) return;
    // Whoever needs the block asks for it again, and is told why there is none.
    this.#reserve(name, share).catch(() => undefined);
  }

  /** One reservation of a key at a time. */
  #reserve(name: string, share: Share): Promise<void> {
    share.running ??= this.#next(name, share).finally(() => {
      share.running = undefined;
    });
    return share.running;
  }

  async #next(name: string, share: Share): Promise<void> {
    const { repository, log, now } = this.#options;
    const { block } = share;
    try {
      const reserved = await repository.reserve(name, block);
      const granted = Math.max(0, block - Math.max(0, reserved - MOST_INVOCATIONS));
      const told = share.reserved >= MANY_INVOCATIONS;
      share.left += granted;
      share.low = granted / 2;
      share.reserved = reserved;
      share.ended = reserved >= MOST_INVOCATIONS;
      share.block = Math.min(LAST_BLOCK, block * BLOCK_GROWTH);
      share.failedAt = undefined;
      if (reserved >= MANY_INVOCATIONS && !told) this.#warn(name, reserved);
    } catch (error) {
      share.failedAt = now();
      log.warn({ err: error, name }, 'the next encryptions of a token key could not be reserved');
      throw isAway(error) ? unavailable({ cause: error }) : error;
    }
  }

  #warn(name: string, reserved: number): void {
    this.#options.log.warn(
      { name, reserved, most: MOST_INVOCATIONS },
      'this token key has encrypted so often that it should be rotated or replaced; at 2^32 it encrypts no more',
    );
  }

  async #inTime(work: Promise<void>, deadline: Deadline): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const left = Math.max(0, deadline - this.#options.now());
      timer = setTimeout(() => reject(deadlinePassed()), left);
    });
    try {
      await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function wornOut(): StoreError {
  return new StoreError('worn-out');
}
