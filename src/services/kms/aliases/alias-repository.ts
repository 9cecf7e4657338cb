import type { Knex } from 'knex';
import type { ChangeFeed } from '../../../db/changes.js';
import type { Database } from '../../../db/database.js';
import { ReadThroughCache } from '../../../db/read-through-cache.js';
import { AlreadyExists, NotFound } from '../../../kernel/facts.js';
import type { Scope } from '../../../kernel/scope.js';
import type { CalendarClock } from '../../../kernel/time.js';
import { aliasRef, keyRef } from '../keys/change-refs.js';
import type { Key } from '../keys/key.js';
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
  { accountId, region, name, keyId, createdAt }: NewAlias,
): Promise<void> {
  // The primary key decides between two callers; the losing insert changes nothing.
  const inserted = await transaction('aliases')
    .insert({
      ...{ account_id: accountId, region, name, key_id: keyId },
      ...{ created_at: createdAt, updated_at: createdAt },
    })
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
  readonly maxCachedAliases: number;
  readonly calendar: CalendarClock;
  readonly quotas: Pick<Quotas, 'aliasesPerKey'>;
}

/** Aliases, unique in their account and Region; what a name points to is answered from memory. */
export class AliasRepository {
  readonly #database: Database;
  readonly #changes: ChangeFeed;
  readonly #calendar: CalendarClock;
  readonly #quotas: Pick<Quotas, 'aliasesPerKey'>;
  readonly #targets: ReadThroughCache<string>;

  constructor(options: AliasRepositoryOptions) {
    const { database, changes, maxCachedAliases, calendar, quotas } = options;
    this.#quotas = quotas;
    this.#database = database;
    this.#changes = changes;
    this.#calendar = calendar;
    this.#targets = new ReadThroughCache(maxCachedAliases, changes.lease);
    changes.on('alias', 'targets of aliases', (ref) => this.#targets.forget(ref));
  }

  /** The id of the key that the alias points to. */
  target(
    scope: Place,
    name: string,
    trustAbsence = false,
  ): string | undefined | Promise<string | undefined> {
    const read = async () => {
      const row = await this.#database<AliasRow>('aliases')
        .where({ account_id: scope.accountId, region: scope.region, name })
        .first('key_id');
      return row?.key_id;
    };
    return this.#targets.get(aliasRef(scope, name), read, trustAbsence);
  }

  /** @throws AlreadyExists, QuotaExceeded */
  async create(scope: Place, name: string, key: Key): Promise<void> {
    const createdAt = this.#calendar();
    await this.#changes.commit(async (transaction, changed) => {
      await insertAlias(transaction, { ...scope, name, keyId: key.keyId, createdAt });
      await this.#checkQuota(transaction, scope, key);
      changed({ kind: 'alias', ref: aliasRef(scope, name) });
      changed({ kind: 'key', ref: keyRef(scope.region, key.keyId) });
    });
  }

  /** @throws NotFound, QuotaExceeded */
  async retarget(scope: Place, name: string, key: Key): Promise<void> {
    await this.#changeOne(
      scope,
      name,
      (query) => query.update({ key_id: key.keyId, updated_at: this.#calendar() }),
      (transaction) => this.#checkQuota(transaction, scope, key),
    );
  }

  /** @throws NotFound */
  async delete(scope: Place, name: string): Promise<void> {
    await this.#changeOne(scope, name, (query) => query.delete());
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
    { keyId }: Key,
  ): Promise<void> {
    const row = await transaction('aliases')
      .where({ region, key_id: keyId })
      .count({ total: '*' })
      .first();
    requireQuota('aliasesPerKey', Number(row?.total ?? 0), this.#quotas);
  }

  async #changeOne(
    scope: Place,
    name: string,
    change: (query: ReturnType<Database>) => PromiseLike<number>,
    check: (transaction: Knex.Transaction) => Promise<void> = async () => {},
  ): Promise<void> {
    const where = { account_id: scope.accountId, region: scope.region, name };
    await this.#changes.commit(async (transaction, changed) => {
      const before = await transaction<AliasRow>('aliases').where(where).first('key_id');
      const count = await change(transaction('aliases').where(where));
      if (count !== 1) throw new NotFound(`alias ${name}`);
      await check(transaction);
      const after = await transaction<AliasRow>('aliases').where(where).first('key_id');
      changed({ kind: 'alias', ref: aliasRef(scope, name) });
      for (const row of [before, after]) {
        if (row) changed({ kind: 'key', ref: keyRef(scope.region, row.key_id) });
      }
    });
  }
}
