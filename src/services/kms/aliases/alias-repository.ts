import type { Knex } from 'knex';
import type { ChangeFeed } from '../../../db/changes.js';
import type { Database } from '../../../db/database.js';
import { ReadThroughCache } from '../../../db/read-through-cache.js';
import type { RowSeals } from '../../../db/row-seals.js';
import { AlreadyExists, Conflict, NotFound } from '../../../kernel/facts.js';
import type { Scope } from '../../../kernel/scope.js';
import type { CalendarClock } from '../../../kernel/time.js';
import { aliasRef, keyRef } from '../keys/change-refs.js';
import type { Key } from '../keys/key.js';
import { KeyGone } from '../keys/key-facts.js';
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

/** How often a change is tried that others get in the way of. */
const MAX_ATTEMPTS = 5;

interface NewAlias extends Place {
  readonly name: string;
  readonly keyId: string;
  readonly createdAt: number;
}

export interface AliasRepositoryOptions {
  readonly database: Database;
  readonly changes: ChangeFeed;
  readonly seals: RowSeals;
  readonly maxCachedAliases: number;
  readonly calendar: CalendarClock;
  readonly quotas: Pick<Quotas, 'aliasesPerKey'>;
}

/** Aliases, unique in their account and Region; what a name points to is answered from memory. */
export class AliasRepository {
  readonly #database: Database;
  readonly #changes: ChangeFeed;
  readonly #seals: RowSeals;
  readonly #calendar: CalendarClock;
  readonly #quotas: Pick<Quotas, 'aliasesPerKey'>;
  readonly #targets: ReadThroughCache<string>;

  constructor(options: AliasRepositoryOptions) {
    const { database, changes, seals, maxCachedAliases, calendar, quotas } = options;
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

  /** @throws AlreadyExists, QuotaExceeded, KeyGone */
  async create(scope: Place, name: string, key: Key): Promise<void> {
    const createdAt = this.#calendar();
    await this.#changes.commit(async (transaction, changed) => {
      const { keyId } = key;
      const found = await this.#changeKeys(transaction, scope, [keyId], async () => {
        await insertAlias(transaction, this.#seals, { ...scope, name, keyId, createdAt });
        await this.#checkQuota(transaction, scope, keyId);
      });
      if (found === 0) throw new KeyGone(key.arn);
      changed({ kind: 'alias', ref: aliasRef(scope, name) });
      changed({ kind: 'key', ref: keyRef(scope.region, keyId) });
    });
  }

  /** @throws NotFound, QuotaExceeded, KeyGone */
  async retarget(scope: Place, name: string, key: Key): Promise<void> {
    const row = { key_id: key.keyId, updated_at: this.#calendar() };
    await this.#changeOne(scope, name, key, (alias) => alias.update(row));
  }

  /** @throws NotFound */
  async delete(scope: Place, name: string): Promise<void> {
    await this.#changeOne(scope, name, undefined, (alias) => alias.delete());
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

  /** @param target the key that the alias is to point to; undefined when it is to go */
  async #changeOne(
    scope: Place,
    name: string,
    target: Key | undefined,
    change: (alias: Knex.QueryBuilder) => PromiseLike<unknown>,
  ): Promise<void> {
    const where = { account_id: scope.accountId, region: scope.region, name };
    for (let attempt = 1; ; attempt += 1) {
      if (await this.#changeAsRead(where, target, change)) break;
      if (attempt === MAX_ATTEMPTS) throw new Conflict(`alias ${name} is changed again and again`);
    }
  }

  /** @returns false when it was pointed elsewhere between the look at it and the change: nothing is done */
  #changeAsRead(
    where: Pick<AliasRow, 'account_id' | 'region' | 'name'>,
    target: Key | undefined,
    change: (alias: Knex.QueryBuilder) => PromiseLike<unknown>,
  ): Promise<boolean> {
    const { account_id: accountId, region, name } = where;
    const scope = { accountId, region };
    return this.#changes.commit(async (transaction, changed) => {
      const alias = () => transaction<AliasRow>('aliases').where(where);
      const before = (await alias().first('key_id'))?.key_id;
      if (before === undefined) throw new NotFound(`alias ${name}`);
      const keyIds = [...new Set([before, target?.keyId ?? before])];
      let found = 0;
      const keys = await this.#changeKeys(transaction, scope, keyIds, async () => {
        found = await this.#seals.change(
          transaction,
          'aliases',
          (aliases) => aliases.where({ ...where, key_id: before }),
          () => change(alias()),
        );
        if (target) await this.#checkQuota(transaction, scope, target.keyId);
      });
      if (target && keys < keyIds.length) throw new KeyGone(target.arn);
      if (found === 0) return false;
      changed({ kind: 'alias', ref: aliasRef(scope, name) });
      for (const keyId of keyIds) changed({ kind: 'key', ref: keyRef(scope.region, keyId) });
      return true;
    });
  }

  /** What aliases a key has is bound with it. @returns how many of the keys there still are */
  async #changeKeys(
    transaction: Knex.Transaction,
    { region }: Place,
    keyIds: readonly string[],
    work: () => Promise<void>,
  ): Promise<number> {
    const which = (keys: Knex.QueryBuilder) => keys.where({ region }).whereIn('key_id', keyIds);
    return this.#seals.change(transaction, 'keys', which, work);
  }
}
