import type { Database } from '../../../db/database.js';
import type { DueKind, KeyName } from './key-change.js';

const DUE_COLUMNS = {
  rotation: 'next_rotation_date',
  deletion: 'deletion_date',
  expiry: 'valid_to',
} as const satisfies Record<DueKind, string>;

/** What comes due on keys by itself, found by its date. Points in time are epoch milliseconds. */
export class DueKeys {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Keys on which something of this kind is due at `until`, the earliest first.
   * @param skip how many of the first to leave out
   */
  async list(kind: DueKind, until: number, limit: number, skip = 0): Promise<KeyName[]> {
    const rows = await this.#query(kind)
      .andWhere(DUE_COLUMNS[kind], '<=', until)
      .orderBy([DUE_COLUMNS[kind], 'region', 'key_id'])
      .offset(skip)
      .limit(limit)
      .select('account_id', 'region', 'key_id');
    return rows.map((row) => ({
      accountId: row.account_id,
      region: row.region,
      keyId: row.key_id,
    }));
  }

  /** How many `list` would give, but no more than `most`: those behind are not looked at. */
  async count(kind: DueKind, until: number, most: number): Promise<number> {
    const some = this.#query(kind)
      .andWhere(DUE_COLUMNS[kind], '<=', until)
      .limit(most)
      .select('key_id')
      .as('some');
    const row = await this.#database.from(some).count({ total: 'key_id' }).first();
    return Number(row?.total ?? 0);
  }

  /** When the next thing of this kind is due. */
  async next(kind: DueKind): Promise<number | undefined> {
    const row = await this.#query(kind).min({ at: DUE_COLUMNS[kind] }).first();
    return row?.at === null || row?.at === undefined ? undefined : Number(row.at);
  }

  #query(kind: DueKind) {
    switch (kind) {
      case 'expiry':
        // What is pending rotation doesn't expire; what has expired keeps its date.
        return this.#database('key_materials')
          .where({ status: 'permanent' })
          .whereNotNull('valid_to')
          .andWhere((query) => query.whereNotNull('sealed').orWhereNotNull('cka_id'));
      case 'deletion':
        return this.#database('keys')
          .where({ status: 'pending-deletion' })
          .whereNotNull('deletion_date');
      case 'rotation':
        // Replicas rotate with their primary; a disabled key when it is enabled again.
        return this.#database('keys')
          .where({ status: 'active', enabled: true })
          .whereNotNull('next_rotation_date')
          .andWhere((query) =>
            query.whereNull('primary_region').orWhereRaw('primary_region = region'),
          );
    }
  }
}
