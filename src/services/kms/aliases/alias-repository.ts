import type { Knex } from 'knex';
import type { ChangeFeed } from '../../../db/changes.js';
import type { Database } from '../../../db/database.js';
import { ReadThroughCache } from '../../../db/read-through-cache.js';
import type { Scope } from '../../../kernel/scope.js';
import type { CalendarClock } from '../../../kernel/time.js';
import type { Key } from '../keys/key.js';
import { aliasArn } from '../keys/key-id.js';
import { aliasRef, keyRef } from '../keys/key-rows.js';
import { AWS_QUOTAS, checkAliasQuota, type Quotas } from '../keys/quotas.js';
import { refuse } from '../refusals.js';

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

export interface AliasRepositoryOptions {
  readonly database: Database;
  readonly changes: ChangeFeed;
  readonly maxCachedAliases: number;
  readonly calendar: CalendarClock;
  readonly quotas?: Quotas;
}

/** Aliases, unique in their account and Region; what a name points to is answered from memory. */
export class AliasRepository {
  readonly #database: Database;
  readonly #changes: ChangeFeed;
  readonly #calendar: CalendarClock;
  readonly #quotas: Quotas;
  readonly #targets: ReadThroughCache<string>;

  constructor(options: AliasRepositoryOptions) {
    const { database, changes, maxCachedAliases, calendar, quotas = AWS_QUOTAS } = options;
    this.#quotas = quotas;
    this.#database = database;
    this.#changes = changes;
    this.#calendar = calendar;
    this.#targets = new ReadThroughCache(maxCachedAliases);
    changes.on('alias', (ref) => this.#targets.forget(ref));
  }

  /** The id of the key that the alias points to. */
  target(
    scope: Omit<Scope, 'partition'>,
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

  /** @throws ServiceError AlreadyExistsException, LimitExceededException */
  async create(scope: Scope, name: string, key: Key): Promise<void> {
    const now = this.#calendar();
    await this.#changes.commit(async (transaction, changed) => {
      // The primary key decides between two callers; the losing insert changes nothing.
      const inserted = await transaction('aliases')
        .insert({
          account_id: scope.accountId,
          region: scope.region,
          name,
          key_id: key.keyId,
          created_at: now,
          updated_at: now,
        })
        .onConflict(['account_id', 'region', 'name'])
        .ignore()
        .returning('name');
      if (inserted.length === 0) throw refuse.aliasExists(aliasArn(scope, name));
      await this.#checkQuota(transaction, scope, key);
      changed({ kind: 'alias', ref: aliasRef(scope, name) });
      changed({ kind: 'key', ref: keyRef(scope.region, key.keyId) });
    });
  }

  /** @throws ServiceError NotFoundException, LimitExceededException */
  async retarget(scope: Scope, name: string, key: Key): Promise<void> {
    await this.#changeOne(
      scope,
      name,
      (query) => query.update({ key_id: key.keyId, updated_at: this.#calendar() }),
      (transaction) => this.#checkQuota(transaction, scope, key),
    );
  }

  /** @throws ServiceError NotFoundException */
  async delete(scope: Scope, name: string): Promise<void> {
    await this.#changeOne(scope, name, (query) => query.delete());
  }

  /** Aliases of the scope in ascending order of name, after `after`; of one key when it is given. */
  async list(
    scope: Omit<Scope, 'partition'>,
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
    { region }: Pick<Scope, 'region'>,
    { keyId }: Key,
  ): Promise<void> {
    const row = await transaction('aliases')
      .where({ region, key_id: keyId })
      .count({ total: '*' })
      .first();
    checkAliasQuota(Number(row?.total ?? 0), this.#quotas);
  }

  async #changeOne(
    scope: Scope,
    name: string,
    change: (query: ReturnType<Database>) => PromiseLike<number>,
    check: (transaction: Knex.Transaction) => Promise<void> = async () => {},
  ): Promise<void> {
    const where = { account_id: scope.accountId, region: scope.region, name };
    await this.#changes.commit(async (transaction, changed) => {
      const before = await transaction<AliasRow>('aliases').where(where).first('key_id');
      const count = await change(transaction('aliases').where(where));
      if (count !== 1) throw refuse.aliasNotFound(aliasArn(scope, name));
      await check(transaction);
      const after = await transaction<AliasRow>('aliases').where(where).first('key_id');
      changed({ kind: 'alias', ref: aliasRef(scope, name) });
      for (const row of [before, after]) {
        if (row) changed({ kind: 'key', ref: keyRef(scope.region, row.key_id) });
      }
    });
  }
}
