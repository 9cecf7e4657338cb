import type { Knex } from 'knex';
import type { Database } from '../../../db/database.js';
import { holdRows } from '../../../db/owner-row.js';
import { keyRef } from './change-refs.js';
import type { KeyUse, LastUsageStore } from './last-usage.js';

interface Row {
  region: string;
  key_id: string;
  account_id: string;
  operation: string;
  used_at: number | string;
  event_id: string;
  request_id: string;
}

/** Rows in one statement: SQLite binds 32,766 values at most. */
const BATCH = 500;

export class LastUsageRepository implements LastUsageStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(key: Pick<KeyUse, 'region' | 'keyId'>): Promise<KeyUse | undefined> {
    const row = await this.#database<Row>('key_last_usage')
      .where({ region: key.region, key_id: key.keyId })
      .first();
    return row && fromRow(row);
  }

  /**
   * Stores uses, one a key; an older one never replaces a newer one of another server, and those of keys
   * that were removed since are left out.
   */
  async store(uses: readonly KeyUse[]): Promise<void> {
    for (let start = 0; start < uses.length; start += BATCH) {
      await this.#database.transaction((transaction) =>
        this.#storeSome(transaction, uses.slice(start, start + BATCH)),
      );
    }
  }

  async #storeSome(transaction: Knex.Transaction, uses: readonly KeyUse[]): Promise<void> {
    const names = uses.map(({ region, keyId }) => ({ region, key_id: keyId }));
    const held = await holdRows(transaction, 'keys', names);
    const there = new Set(held.map(({ region, key_id }) => keyRef(region, key_id)));
    const rows = uses.filter(({ region, keyId }) => there.has(keyRef(region, keyId))).map(toRow);
    if (rows.length > 0) {
      await transaction<Row>('key_last_usage')
        .insert(rows)
        .onConflict(['region', 'key_id'])
        .merge(['operation', 'used_at', 'event_id', 'request_id'])
        .whereRaw('excluded.used_at >= key_last_usage.used_at');
    }
  }
}

function toRow(use: KeyUse): Row {
  return {
    region: use.region,
    key_id: use.keyId,
    account_id: use.accountId,
    operation: use.operation,
    used_at: use.usedAt.getTime(),
    event_id: use.eventId,
    request_id: use.requestId,
  };
}

function fromRow(row: Row): KeyUse {
  return {
    region: row.region,
    keyId: row.key_id,
    accountId: row.account_id,
    operation: row.operation,
    usedAt: new Date(Number(row.used_at)),
    eventId: row.event_id,
    requestId: row.request_id,
  };
}
