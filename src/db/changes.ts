/**
 * The change feed that keeps memory right: every change to cached data adds a row to `changes` in
 * its own transaction; each server polls for rows it hasn't seen and drops what they name.
 */
import type { Knex } from 'knex';
import { HOUR_MS } from '../kernel/time.js';
import type { Log } from '../observe/log.js';
import type { Database } from './database.js';
import { currentWitness } from './witness.js';

export type ChangeKind =
  | 'key'
  | 'material'
  | 'alias'
  | 'custom-key-store'
  | 'grant'
  | 'iam'
  | 'access-key'
  | 'calendar';

export interface Change {
  readonly kind: ChangeKind;
  /** What changed, in the kind's own form: see the caches. */
  readonly ref: string;
}

type Listener = (ref: string) => void;

/** In place of a `ref`: anything of this kind may have changed. */
export const EVERYTHING = '*';

/** Another server's change is seen within this many milliseconds and one query. */
const POLL_INTERVAL_MS = 500;
/** PostgreSQL may commit sequence numbers out of order: look this far behind the highest seen. */
const OVERLAP = 256;
const KEEP_MS = HOUR_MS;
const PRUNE_EVERY_MS = 10 * 60 * 1000;

export interface ChangeFeedOptions {
  readonly database: Database;
  readonly now: () => number;
  readonly log: Log;
}

export class ChangeFeed {
  readonly #options: ChangeFeedOptions;
  readonly #listeners = new Map<ChangeKind, Listener[]>();
  #highest = 0;
  #seen = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> = Promise.resolve();
  #prunedAt = 0;
  #polledAt = 0;

  constructor(options: ChangeFeedOptions) {
    this.#options = options;
  }

  /** The feed's clock: real time in epoch milliseconds. */
  now(): number {
    return this.#options.now();
  }

  /** Calls back with a change's `ref`, once for a change, whoever made it. */
  on(kind: ChangeKind, listener: Listener): void {
    this.#listeners.set(kind, [...(this.#listeners.get(kind) ?? []), listener]);
  }

  async start(): Promise<void> {
    const row = await this.#options.database('changes').max({ seq: 'seq' }).first();
    this.#highest = Number(row?.seq ?? 0);
    this.#polledAt = this.#options.now();
    this.#schedule();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#polling;
  }

  /**
   * Runs `work` in a transaction that also records its changes, and tells this server's listeners
   * once it is committed and before the promise resolves. A witness of the work is asked, too.
   */
  async commit<T>(
    work: (transaction: Knex.Transaction, changed: (change: Change) => void) => Promise<T>,
  ): Promise<T> {
    const made: Change[] = [];
    const created_at = this.#options.now();
    const seqs: number[] = [];
    const result = await this.#options.database.transaction(async (transaction) => {
      await becomeWriter(transaction);
      const value = await work(transaction, (change) => made.push(change));
      for (const { kind, ref } of made) {
        const [row] = await transaction('changes').insert({ kind, ref, created_at }, ['seq']);
        seqs.push(Number(row.seq));
      }
      await currentWitness()?.(transaction);
      return value;
    });
    for (const seq of seqs) this.#seen.add(seq);
    for (const change of made) this.#tell(change);
    return result;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#polling = this.#poll()
        .catch((error: unknown) => {
          this.#options.log.error({ err: error }, 'the change feed could not be read');
        })
        .then(() => {
          if (this.#timer) this.#schedule();
        });
    }, POLL_INTERVAL_MS);
    this.#timer.unref();
  }

  async #poll(): Promise<void> {
    const startedAt = this.#options.now();
    const since = this.#highest - OVERLAP;
    const rows = await this.#options
      .database('changes')
      .where('seq', '>', since)
      .orderBy('seq')
      .select('seq', 'kind', 'ref');
    this.#resetAfterPause(startedAt);
    const seen = new Set<number>();
    for (const row of rows) {
      const seq = Number(row.seq);
      seen.add(seq);
      if (!this.#seen.has(seq) && seq > since) this.#tell(row);
      this.#highest = Math.max(this.#highest, seq);
    }
    this.#seen = seen;
    await this.#prune();
  }

  /**
   * A server that slept (a suspended machine) or couldn't reach the database may have missed rows
   * that others pruned since. Only a poll that was answered counts as one.
   */
  #resetAfterPause(startedAt: number): void {
    if (startedAt - this.#polledAt > KEEP_MS / 2) {
      for (const kind of this.#listeners.keys()) this.#tell({ kind, ref: EVERYTHING });
    }
    this.#polledAt = startedAt;
  }

  async #prune(): Promise<void> {
    const now = this.#options.now();
    if (now - this.#prunedAt < PRUNE_EVERY_MS) return;
    this.#prunedAt = now;
    await this.#options
      .database('changes')
      .where('created_at', '<', now - KEEP_MS)
      .andWhere('seq', '<', this.#highest)
      .delete();
  }

  #tell({ kind, ref }: Change): void {
    for (const listener of this.#listeners.get(kind) ?? []) listener(ref);
  }
}

/**
 * SQLite refuses at once, without its busy time-out, to turn a transaction that has read into one
 * that writes when another process has written meanwhile. One that writes first waits for its turn.
 */
async function becomeWriter(transaction: Knex.Transaction): Promise<void> {
  const noRow = { seq: 0 };
  await transaction('changes').where(noRow).delete();
}
