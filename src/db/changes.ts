/**
 * The change feed that keeps memory right: every change to remembered data adds a row to `changes` in
 * its own transaction; each server looks for rows that it hasn't seen and drops what they name. A look
 * that is answered renews the lease without which nothing is answered from memory.
 */
import { AsyncResource } from 'node:async_hooks';
import type { Knex } from 'knex';
import { unavailable } from '../kernel/common-errors.js';
import type { Log } from '../observe/log.js';
import type { ChangeKind, MemoryOf } from './change-kinds.js';
import { becomeWriter, type Database } from './database.js';
import type { FeedLook, FeedPosition } from './dialects/dialect.js';
import { dialectOfClient } from './dialects/index.js';
import { FeedPruner, KEEP_MS } from './feed-pruner.js';
import { type Change, EVERYTHING, Followers, type Listener } from './followers.js';
import { LEASE_MS, MemoryLease, type Moment } from './memory-lease.js';
import { OwnChanges } from './own-changes.js';
import { currentWitness } from './witness.js';

export { type Change, EVERYTHING };

const LOOK_EVERY_MS = 500;
/** With more rows than this everything is dropped instead. */
const MAX_ROWS = 10_000;
/** A call waits for so many looks when the lease ended because this process didn't run. */
const LOOKS_WAITED_FOR = 2;

export interface ChangeFeedOptions {
  readonly database: Database;
  /** Where it looks: a connection of its own, so that no other work holds it up. */
  readonly looksAt: Database;
  /** Real time in epoch milliseconds. */
  readonly now: () => number;
  readonly monotonic?: () => number;
  /** Another server's change is seen within this many milliseconds and one query; 500 when absent. */
  readonly lookEveryMs?: number;
  readonly log: Log;
}

export class ChangeFeed {
  /** Held while memory is as new as it is promised to be. */
  readonly lease: MemoryLease;
  /** Held while the database answers, whether or not memory could follow what it said. */
  readonly answered: MemoryLease;
  readonly #options: ChangeFeedOptions;
  readonly #dialect: ReturnType<typeof dialectOfClient>;
  readonly #followers = new Followers();
  readonly #own = new OwnChanges();
  /** A look is no part of the call that asked for it: what follows of it isn't witnessed by that call. */
  readonly #nobodys = new AsyncResource('ChangeFeed');
  #position: FeedPosition | undefined;
  #looking: Promise<void> | undefined;
  /** The last look wasn't answered. */
  #failing = false;
  #running = false;
  #timer: NodeJS.Timeout | undefined;
  #pruning: Promise<void> = Promise.resolve();
  readonly #pruner = new FeedPruner();

  constructor(options: ChangeFeedOptions) {
    this.#options = options;
    this.#dialect = dialectOfClient(options.looksAt.client.config.client);
    const { now, monotonic = () => performance.now() } = options;
    this.lease = new MemoryLease({ monotonic, wallClock: now });
    this.answered = new MemoryLease({ monotonic, wallClock: now });
  }

  /** The feed's clock: real time in epoch milliseconds. */
  now(): number {
    return this.#options.now();
  }

  /**
   * Calls back with a change's `ref`, whoever made it, until the memory has dropped what it names; once
   * unless that fails.
   * @param memory which one it is, by the table of change-kinds.ts
   */
  on<K extends ChangeKind>(kind: K, memory: MemoryOf<K>, listener: Listener): void {
    this.#followers.add(kind, memory, listener);
  }

  /** @throws Error naming a memory that follows nothing */
  requireAllFollow(): void {
    this.#followers.requireAll();
  }

  /** Begins to follow the feed; rejects unless the database answers. */
  async start(): Promise<void> {
    this.#running = true;
    await this.#look();
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#running = false;
    clearTimeout(this.#timer);
    await this.#looking?.catch(() => undefined);
    await this.#pruning;
    this.lease.end();
  }

  /**
   * Makes sure that memory is at most {@link LEASE_MS} behind the database: at once while the lease is
   * held, by the look that follows when this process has not run for so long.
   * @throws CommonError ServiceUnavailableException while the database doesn't answer
   */
  require(): void | Promise<void> {
    return this.lease.held ? undefined : this.#catchUp();
  }

  /**
   * Runs `work` in a transaction that also records its changes, and tells this server's listeners
   * once it is committed and before the promise resolves. A witness of the work is asked, too.
   */
  async commit<T>(
    work: (transaction: Knex.Transaction, changed: (change: Change) => void) => Promise<T>,
  ): Promise<T> {
    const made: (Change & { readonly seq: string })[] = [];
    const created_at = this.#options.now();
    const witness = currentWitness();
    let asked = false;
    let result: T;
    try {
      result = await this.#options.database.transaction(async (transaction) => {
        witness?.begins();
        await becomeWriter(transaction);
        const changes: Change[] = [];
        const value = await work(transaction, (change) => changes.push(change));
        for (const { kind, ref } of changes) {
          const [row] = await transaction('changes').insert({ kind, ref, created_at }, ['seq']);
          made.push({ kind, ref, seq: this.#own.written(row.seq) });
        }
        await witness?.commits(transaction);
        asked = true;
        return value;
      });
    } catch (error) {
      // It may be committed all the same, when only the answer was lost: then a look finds it.
      for (const { seq } of made) this.#own.undone(seq);
      throw error;
    } finally {
      if (asked) witness?.ended();
    }
    for (const { seq, ...change } of made) await this.#tellOwn(seq, change);
    return result;
  }

  async #tellOwn(seq: string, change: Change): Promise<void> {
    try {
      await this.#followers.tell(change);
      this.#own.told(seq);
    } catch (error) {
      this.#own.undone(seq);
      this.#options.log.error({ err: error, kind: change.kind }, 'a change was not followed yet');
    }
  }

  async #catchUp(): Promise<void> {
    for (let looks = 0; looks < LOOKS_WAITED_FOR; looks += 1) {
      if (!this.#running || this.#failing) break;
      await this.#look().catch(() => undefined);
      if (this.lease.held) return;
    }
    throw unavailable();
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#look()
        .catch((error: unknown) => {
          this.#options.log.error({ err: error }, 'the change feed could not be read');
        })
        .then(() => {
          if (this.#running) this.#schedule();
        });
    }, this.#options.lookEveryMs ?? LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** One look at a time, which whoever needs one shares. */
  #look(): Promise<void> {
    this.#looking ??= this.#nobodys
      .runInAsyncScope(() => this.#lookNow())
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async #lookNow(): Promise<void> {
    const asked = this.lease.now();
    const age = this.lease.ageMs;
    const given = { up: false };
    try {
      await within(LEASE_MS, given, this.#follow(asked, age, given));
      this.#failing = false;
    } catch (error) {
      this.#failing = true;
      throw error;
    }
  }

  /** @param given `up`: it took too long, and another look may be under way */
  async #follow(asked: Moment, age: number, given: { readonly up: boolean }): Promise<void> {
    const { looksAt } = this.#options;
    const since = this.#position;
    const found = await this.#dialect.look(looksAt, since, MAX_ROWS, LEASE_MS);
    if (given.up) return;
    this.answered.renew(asked);
    const away = Math.max(age, found.elapsedMs) > KEEP_MS / 2;
    await this.#tellFound(found, since !== undefined && away);
    if (given.up) return;
    this.#position = found.position;
    this.lease.renew(asked);
    this.#pruning = this.#prune(found.position);
  }

  /**
   * A server that slept (a suspended machine) or couldn't reach the database may have missed rows that
   * others pruned since.
   */
  async #tellFound({ rows, continued }: FeedLook, wasAway: boolean): Promise<void> {
    if (wasAway || !continued || rows.length >= MAX_ROWS) {
      this.#own.clear();
      await this.#followers.tellEverything();
      return;
    }
    for (const row of rows) {
      if (this.#own.isTold(row.seq)) continue;
      await this.#followers.tell({ kind: row.kind as ChangeKind, ref: row.ref });
    }
    for (const { seq } of rows) this.#own.seen(seq);
  }

  async #prune(position: FeedPosition): Promise<void> {
    const { now, database, log } = this.#options;
    const seen = this.#pruner.note(position, this.lease.now().monotonic);
    if (seen === undefined) return;
    await this.#dialect
      .pruneChanges(database, seen, now() - KEEP_MS)
      .catch((error: unknown) =>
        log.warn({ err: error }, 'old rows of the change feed could not be removed'),
      );
  }
}

/** Rejects when `work` takes longer; it is told, and goes on without effect. */
async function within(ms: number, given: { up: boolean }, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      given.up = true;
      reject(new Error(`the database has not answered within ${ms} ms`));
    }, ms);
    timer.unref();
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
