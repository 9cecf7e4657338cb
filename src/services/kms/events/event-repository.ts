/** The outbox of key events, and how far each webhook has got with it. */

import type { Knex } from 'knex';
import { type Database, lockTable } from '../../../db/database.js';
import type { WallClock } from '../../../kernel/time.js';
import type { KeyEvent, KeyEventName, StoredKeyEvent } from './key-event.js';

interface EventRow {
  seq: number | string;
  event_id: string;
  account_id: string;
  region: string;
  resource: string;
  name: KeyEventName;
  /** JSON: details and additional data. */
  details: string;
  happened_at: number | string;
  held_until: number | string;
  recorded: boolean | number;
}

/** What a webhook still has to get. */
export interface Delivery {
  readonly event: StoredKeyEvent;
  readonly attempts: number;
}

/** Part of the transaction that makes the events true. */
export async function insertEvents(
  transaction: Knex.Transaction,
  events: readonly KeyEvent[],
  wallClock: number,
): Promise<void> {
  for (const event of events) {
    await transaction('events').insert({
      event_id: event.eventId,
      account_id: event.accountId,
      region: event.region,
      resource: event.keyArn,
      name: event.name,
      details: detailsText(event),
      happened_at: event.happenedAt.getTime(),
      held_until: wallClock + (event.holdMs ?? 0),
      recorded: false,
    });
  }
}

export class EventRepository {
  readonly #database: Database;
  readonly #wallClock: WallClock;

  constructor(options: { readonly database: Database; readonly wallClock: WallClock }) {
    this.#database = options.database;
    this.#wallClock = options.wallClock;
  }

  /** Stores events that no other change goes with. */
  async insert(events: readonly KeyEvent[]): Promise<void> {
    await this.#database.transaction((transaction) =>
      insertEvents(transaction, events, this.#wallClock()),
    );
  }

  /** Completes an event that was held back, and lets it go. */
  async release(event: KeyEvent): Promise<void> {
    await this.#database('events')
      .where({ event_id: event.eventId })
      .update({ details: detailsText(event), held_until: 0 });
  }

  /** Events of one account and Region in the order in which they were written, after `after`. */
  async list(
    accountId: string,
    region: string,
    after: number,
    limit: number,
  ): Promise<StoredKeyEvent[]> {
    const rows = await this.#ready()
      .where({ account_id: accountId, region })
      .andWhere('seq', '>', after)
      .orderBy('seq')
      .limit(limit);
    return rows.map(fromRow);
  }

  /** Events that the audit trail doesn't have yet. */
  async unrecorded(limit: number): Promise<StoredKeyEvent[]> {
    const rows = await this.#ready().where({ recorded: false }).orderBy('seq').limit(limit);
    return rows.map(fromRow);
  }

  async markRecorded(seq: number): Promise<void> {
    await this.#database('events').where({ seq }).update({ recorded: true });
  }

  /** Gives every webhook its place in the outbox; a new one begins with what happens from now on. */
  async subscribe(webhooks: readonly string[]): Promise<void> {
    const row = await this.#database('events').max({ seq: 'seq' }).first();
    for (const webhook of webhooks) {
      await this.#database('webhook_positions')
        .insert({ webhook, seq: Number(row?.seq ?? 0) })
        .onConflict('webhook')
        .ignore();
    }
  }

  /**
   * What this webhook is to get now: events of which it has had none so far, and those whose next
   * attempt is due.
   */
  async due(webhook: string, limit: number): Promise<Delivery[]> {
    await this.#assign(webhook);
    const rows = await this.#database('event_deliveries')
      .join('events', 'events.seq', 'event_deliveries.seq')
      .where({ webhook })
      .andWhere('next_attempt_at', '<=', this.#wallClock())
      .orderBy('events.seq')
      .limit(limit)
      .select('events.*', 'event_deliveries.attempts');
    return rows.map((row) => ({ event: fromRow(row), attempts: row.attempts }));
  }

  /** How many events a webhook has not got yet, but no more than `most`. */
  async waiting(webhook: string, most: number): Promise<number> {
    const handedOut = this.#database('event_deliveries').where({ webhook });
    const position = this.#database('webhook_positions').where({ webhook }).select('seq');
    const behind = this.#database('events').where('seq', '>', position);
    let total = 0;
    for (const rows of [handedOut, behind]) {
      const some = rows.limit(most).select('seq').as('some');
      const row = await this.#database.from(some).count({ total: 'seq' }).first();
      total += Number(row?.total ?? 0);
    }
    return Math.min(total, most);
  }

  async delivered(webhook: string, seq: number): Promise<void> {
    await this.#database('event_deliveries').where({ webhook, seq }).delete();
  }

  async postpone(webhook: string, seq: number, nextAttemptAt: number): Promise<void> {
    await this.#database('event_deliveries')
      .where({ webhook, seq })
      .update({ next_attempt_at: nextAttemptAt })
      .increment('attempts', 1);
  }

  /** Drops events written before `before` (epoch milliseconds) that nobody waits for any more. */
  async prune(before: number): Promise<void> {
    await this.#database('events')
      .where({ recorded: true })
      .andWhere('held_until', '<', before)
      .andWhere('happened_at', '<', before)
      .whereNotIn('seq', this.#database('event_deliveries').select('seq'))
      .delete();
  }

  /** Hands what is new in the outbox to a webhook: one row each, so none is lost or given twice. */
  async #assign(webhook: string): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const position = await transaction('webhook_positions')
        .where({ webhook })
        .forUpdate()
        .first('seq');
      if (!position) return;
      if (!(await transaction('events').where('seq', '>', position.seq).first('seq'))) return;
      // Whoever writes events ends first: nothing with a lower number can come when these are handed out.
      await lockTable(transaction, 'events');
      const fresh = await transaction<EventRow>('events')
        .where('seq', '>', position.seq)
        .orderBy('seq')
        .limit(1000)
        .select('seq', 'held_until');
      let last: number | string | undefined;
      for (const row of fresh) {
        // What comes after a held event waits for it: a webhook sees them in their order.
        if (Number(row.held_until) > this.#wallClock()) break;
        const delivery = { seq: row.seq, webhook, attempts: 0, next_attempt_at: 0 };
        await transaction('event_deliveries').insert(delivery);
        last = row.seq;
      }
      if (last !== undefined) {
        await transaction('webhook_positions').where({ webhook }).update({ seq: last });
      }
    });
  }

  #ready() {
    return this.#database<EventRow>('events').where('held_until', '<=', this.#wallClock());
  }
}

function detailsText({ details, additional }: KeyEvent): string {
  return JSON.stringify({ details, ...(additional && { additional }) });
}

function fromRow(row: EventRow): StoredKeyEvent {
  return {
    seq: Number(row.seq),
    eventId: row.event_id,
    name: row.name,
    accountId: row.account_id,
    region: row.region,
    keyArn: row.resource,
    ...JSON.parse(row.details),
    happenedAt: new Date(Number(row.happened_at)),
  };
}
