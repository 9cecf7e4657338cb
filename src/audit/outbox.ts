/**
 * No change without its record: while a call is in work, each transaction in which it changes something
 * also holds its record. Once the trail has the record the row goes; what a kill or a full disk left
 * behind goes to the trail later, under the same event ids.
 */
import type { Knex } from 'knex';
import type { Database } from '../db/database.js';
import { HOUR_MS } from '../kernel/time.js';
import type { Log } from '../observe/log.js';
import { toLine } from './line.js';
import type { AuditRecord } from './record.js';
import type { AuditTrail } from './trail.js';

const TABLE = 'audit_outbox';
/** What the trail couldn't take it gets within this time of being usable again. */
const RETRY_MS = 1000;
/** A server that hasn't written its records for so long won't come back for them. */
const ABANDONED_MS = HOUR_MS;
/** Rows that go with one statement. */
const BATCH = 100;

export interface AuditOutboxOptions {
  readonly database: Database;
  readonly trail: Pick<AuditTrail, 'usable' | 'appendLines'>;
  /** Whose rows these are: a server's lasting id. */
  readonly nodeId: string;
  /** Real time in epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}

export class AuditOutbox {
  readonly #options: AuditOutboxOptions;
  /** Calls whose records the trail has, and whose rows may still be there. */
  readonly #settled = new Set<string>();
  /** Calls whose rows are there since the trail couldn't take their records. */
  readonly #left = new Set<string>();
  #settling: Promise<void> | undefined;
  #retrying: Promise<void> | undefined;
  readonly #timer: NodeJS.Timeout;

  private constructor(options: AuditOutboxOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#retry(), RETRY_MS).unref();
  }

  /**
   * Writes to the trail what an earlier life of this server left behind, and what another server left
   * and didn't come back for.
   * @throws the database's or the trail's error
   */
  static async open(options: AuditOutboxOptions): Promise<AuditOutbox> {
    const { database, nodeId, now } = options;
    const rows = await database(TABLE)
      .where({ node_id: nodeId })
      .orWhere('created_at', '<', now() - ABANDONED_MS)
      .select('request_id');
    const outbox = new AuditOutbox(options);
    for (const row of rows) outbox.#left.add(String(row.request_id));
    try {
      await outbox.#writeLeft();
    } catch (error) {
      await outbox.close();
      throw error;
    }
    return outbox;
  }

  /** Commits the records in a change's own transaction; the latest of a call's count. */
  async put(
    transaction: Knex.Transaction,
    requestId: string,
    records: readonly AuditRecord[],
  ): Promise<void> {
    const { nodeId, now } = this.#options;
    const row = { node_id: nodeId, created_at: now(), lines: asLines(records) };
    await transaction(TABLE)
      .insert({ request_id: requestId, ...row })
      .onConflict('request_id')
      .merge(['lines']);
  }

  /** The trail has the call's records: its row goes, soon. */
  settle(requestId: string): void {
    this.#settled.add(requestId);
    this.#settling ??= this.#settle();
  }

  /** The trail couldn't take the call's records: they stay until it can. */
  async keep(requestId: string, records: readonly AuditRecord[]): Promise<void> {
    const { database, log } = this.#options;
    try {
      await database(TABLE)
        .where({ request_id: requestId })
        .update({ lines: asLines(records) });
    } catch (err) {
      log.error({ err, requestId }, 'a record stays as it was when its change was committed');
    }
    this.#left.add(requestId);
  }

  /** Ends what is in work. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#retrying;
    await this.#settling;
  }

  async #settle(): Promise<void> {
    const { database, log } = this.#options;
    try {
      while (this.#settled.size > 0) {
        const ids = [...this.#settled].slice(0, BATCH);
        await database(TABLE).whereIn('request_id', ids).delete();
        for (const id of ids) this.#settled.delete(id);
      }
    } catch (err) {
      // They go with the next call's.
      log.warn({ err }, 'the audit outbox could not be emptied');
    } finally {
      this.#settling = undefined;
    }
  }

  #retry(): void {
    const { trail, log } = this.#options;
    if (this.#left.size === 0 || !trail.usable) return;
    this.#retrying ??= this.#writeLeft()
      .catch((err: unknown) => log.error({ err }, 'the audit trail still lacks records of changes'))
      .finally(() => {
        this.#retrying = undefined;
      });
  }

  async #writeLeft(): Promise<void> {
    const { database, trail, log } = this.#options;
    for (const id of [...this.#left]) {
      const row = await database(TABLE).where({ request_id: id }).first('lines');
      if (row) {
        await trail.appendLines(String(row.lines));
        log.warn({ requestId: id }, 'the record of a change went to the audit trail late');
      }
      this.#left.delete(id);
      this.settle(id);
    }
  }
}

const asLines = (records: readonly AuditRecord[]): string => records.map(toLine).join('');
