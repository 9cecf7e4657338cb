import type { Knex } from 'knex';
import type { Change, ChangeFeed } from '../../../db/changes.js';
import type { Database } from '../../../db/database.js';
import { ReadThroughCache } from '../../../db/read-through-cache.js';
import type { RowSeals } from '../../../db/row-seals.js';
import { AlreadyExists, Conflict, NotFound } from '../../../kernel/facts.js';
import type { Scope } from '../../../kernel/scope.js';
import type { CalendarClock } from '../../../kernel/time.js';
import { aliasRef, keyRef } from '../keys/change-refs.js';
import type { Key } from '../keys/key.js';
import type { Decide } from '../keys/key-change.js';
import { KeyReader } from '../keys/key-reader.js';
import { placeOf } from '../keys/key-rows.js';
import { type Quotas, requireQuota } from '../keys/quotas.js';

/** Where an alias's name is its own. */
type Place = Omit<Scope, 'partition'>;

export interface Alias {
  readonly accountId: string;
  readonly region: string;
  /** With its prefix `alias/`. */
  readonly name: string;
  readonly keyId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface AliasRow {
  account_id: string;
  region: string;
  name: string;
  key_id: string;
  created_at: number | string;
  updated_at: number | string;
}

/**
 * Part of the transaction that makes the alias.
 * @param alias `createdAt` in epoch milliseconds
 * @throws AlreadyExists
 */
export async function insertAlias(
  transaction: Knex.Transaction,
  seals: RowSeals,
  { accountId, region, name, keyId, createdAt }: NewAlias,
): Promise<void> {
  const row = {
    ...{ account_id: accountId, region, name, key_id: keyId },
    ...{ created_at: createdAt, updated_at: createdAt },
  };
  // The primary key decides between two callers; the losing insert changes nothing.
  const inserted = await transaction('aliases')
    .insert(seals.sealed('aliases', row))
    .onConflict(['account_id', 'region', 'name'])
    .ignore()
    .returning('name');
  if (inserted.length === 0) throw new AlreadyExists(`alias ${name}`);
}

interface NewAlias extends Place {
  readonly name: string;
  readonly keyId: string;
  readonly createdAt: number;
}

export interface AliasRepositoryOptions {
  readonly database: Database;
  readonly changes: ChangeFeed;
  readonly seals: RowSeals;
  readonly partition: string;
  readonly maxCachedAliases: number;
  readonly calendar: CalendarClock;
  readonly quotas: Pick<Quotas, 'aliasesPerKey'>;
}

/** Aliases, unique in their account and Region; what a name points to is answered from memory. */
export class AliasRepository {
  readonly #database: Database;
  readonly #changes: ChangeFeed;
  readonly #seals: RowSeals;
  readonly #keys: KeyReader;
  readonly #calendar: CalendarClock;
  readonly #quotas: Pick<Quotas, 'aliasesPerKey'>;
  readonly #targets: ReadThroughCache<string>;

  constructor(options: AliasRepositoryOptions) {
    const { database, changes, seals, partition, maxCachedAliases, calendar, quotas } = options;
    this.#seals = seals;
    this.#keys = new KeyReader(partition, seals);
    this.#quotas = quotas;
    this.#database = database;
    this.#changes = changes;
    this.#seals = seals;
    this.#calendar = calendar;
    this.#targets = new ReadThroughCache(maxCachedAliases, changes.lease);
    changes.on('alias', 'targets of aliases', (ref) => this.#targets.forget(ref));
  }

  /** The id of the key that the alias points to. @throws BrokenSeal */
  target(scope: Place, name: string): string | Promise<string | undefined> {
    const read = async () => {
      const row = await this.#database<AliasRow>('aliases')
        .where({ account_id: scope.accountId, region: scope.region, name })
        .first();
      return row && this.#seals.checked('aliases', row).key_id;
    };
    return this.#targets.get(aliasRef(scope, name), read);
  }

  /** The same, if it is in memory. */
  warmTarget(scope: Place, name: string): string | undefined {
    return this.#targets.kept(aliasRef(scope, name));
  }

  /**
   * @param decide sees the key as it is in the transaction and may refuse by throwing
   * @throws KeyGone, AlreadyExists, QuotaExceeded
   */
  async create(scope: Place, name: string, key: Key, decide?: Decide): Promise<void> {
    const createdAt = this.#calendar();
    const { keyId } = key;
    await this.#changes.commit(async (transaction, changed) => {
      await this.#keys.held(transaction, key, decide);
      await insertAlias(transaction, this.#seals, { ...scope, name, keyId, createdAt });
      await this.#checkQuota(transaction, scope, keyId);
      await this.#seals.reseal(transaction, 'keys', placeOf(key));
      changed({ kind: 'alias', ref: aliasRef(scope, name) });
      changed({ kind: 'key', ref: keyRef(scope.region, keyId) });
    });
  }

  /**
   * @param move from which key id to which key
   * @param decide sees the key that gets the alias, as it is in the transaction, and may refuse by throwing
   * @throws KeyGone, NotFound, Conflict when the alias points to another key meanwhile; QuotaExceeded
   */
  async retarget(
    scope: Place,
    name: string,
    { from, to }: { readonly from: string; readonly to: Key },
    decide?: Decide,
  ): Promise<void> {
    const moved = { key_id: to.keyId, updated_at: this.#calendar() };
    await this.#changes.commit(async (transaction, changed) => {
      // In one order, so that two can't wait for each other.
      for (const keyId of [...new Set([from, to.keyId])].sort()) {
        if (keyId === to.keyId) await this.#keys.held(transaction, to, decide);
        else await this.#keys.findHeld(transaction, { ...scope, keyId });
      }
      await this.#changeOne(transaction, scope, { name, from }, (rows) => rows.update(moved));
      await this.#checkQuota(transaction, scope, to.keyId);
      await this.#pointed(transaction, changed, scope, { name, keyIds: [from, to.keyId] });
    });
  }

  /**
   * @param from the id of the key that it points to
   * @throws NotFound, Conflict when the alias points to another key meanwhile
   */
  async delete(scope: Place, name: string, from: string): Promise<void> {
    await this.#changes.commit(async (transaction, changed) => {
      await this.#keys.findHeld(transaction, { ...scope, keyId: from });
      await this.#changeOne(transaction, scope, { name, from }, (rows) => rows.delete());
      await this.#pointed(transaction, changed, scope, { name, keyIds: [from] });
    });
  }

  /** Aliases of the scope in ascending order of name, after `after`; of one key when it is given. */
  async list(
    scope: Place,
    keyId: string | undefined,
    after: string,
    limit: number,
  ): Promise<Alias[]> {
    const where = { account_id: scope.accountId, region: scope.region };
    const rows = await this.#database<AliasRow>('aliases')
      .where(keyId === undefined ? where : { ...where, key_id: keyId })
      .andWhere('name', '>', after)
      .orderBy('name')
      .limit(limit);
    return rows.map((row) => ({
      accountId: row.account_id,
      region: row.region,
      name: row.name,
      keyId: row.key_id,
      createdAt: new Date(Number(row.created_at)),
      updatedAt: new Date(Number(row.updated_at)),
    }));
  }

  async #checkQuota(
    transaction: Knex.Transaction,
    { region }: Place,
    keyId: string,
  ): Promise<void> {
    const row = await transaction('aliases')
      .where({ region, key_id: keyId })
      .count({ total: '*' })
      .first();
    requireQuota('aliasesPerKey', Number(row?.total ?? 0), this.#quotas);
  }

  async #changeOne(
    transaction: Knex.Transaction,
    { accountId, region }: Place,
    { name, from }: { readonly name: string; readonly from: string },
    change: (rows: Knex.QueryBuilder) => PromiseLike<unknown>,
  ): Promise<void> {
    const where = { account_id: accountId, region, name };
    const found = await this.#seals.change(
      transaction,
      'aliases',
      (aliases) => aliases.where({ ...where, key_id: from }),
      () => change(transaction('aliases').where(where)),
    );
    if (found === 1) return;
    const moved = await transaction('aliases').where(where).first('key_id');
    throw moved ? new Conflict(`alias ${name}`) : new NotFound(`alias ${name}`);
  }

  /** What aliases a key has is bound with it, and kept in memory with it. */
  async #pointed(
    transaction: Knex.Transaction,
    changed: (change: Change) => void,
    scope: Place,
    { name, keyIds }: { readonly name: string; readonly keyIds: readonly string[] },
  ): Promise<void> {
    changed({ kind: 'alias', ref: aliasRef(scope, name) });
    for (const keyId of keyIds) {
      await this.#seals.reseal(transaction, 'keys', placeOf({ ...scope, keyId }));
      changed({ kind: 'key', ref: keyRef(scope.region, keyId) });
    }
  }
}
