import type { Database } from '../../../db/database.js';
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

  /** Stores uses, one a key; an older one never replaces a newer one of another server. */
  async store(uses: readonly KeyUse[]): Promise<void> {
    for (let start = 0; start < uses.length; start += BATCH) {
      await this.#database<Row>('key_last_usage')
        .insert(uses.slice(start, start + BATCH).map(toRow))
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
