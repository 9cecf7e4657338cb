/** Grants; those of a key are answered from memory. */
import { type Grant, principalId } from '../../../authz/grant.js';
import type { GrantIndex } from '../../../authz/grant-index.js';
import type { ChangeFeed } from '../../../db/changes.js';
import type { Database } from '../../../db/database.js';
import type { RowSeals } from '../../../db/row-seals.js';
import { grantRef } from '../keys/change-refs.js';
import type { Decide } from '../keys/key-change.js';
import { KeyReader } from '../keys/key-reader.js';
import { type Quotas, requireQuota } from '../keys/quotas.js';
import { GrantCache, type KeyPlace } from './grant-cache.js';
import type { GrantAddress } from './grant-token.js';

interface Row {
  region: string;
  key_id: string;
  grant_id: string;
  account_id: string;
  /** Both by principalId. */
  grantee: string;
  retiring: string | null;
  name: string | null;
  body: string;
  created_at: number | string;
}

/** The primary key of a grant's row. */
export type GrantKey = Omit<GrantAddress, 'accountId'>;

export class GrantRepository {
  readonly #database: Database;
  readonly #changes: ChangeFeed;
  readonly #seals: RowSeals;
  readonly #keys: KeyReader;
  readonly #cache: GrantCache;
  readonly #quotas: Pick<Quotas, 'grantsPerKey'>;

  constructor(options: {
    readonly database: Database;
    readonly changes: ChangeFeed;
    readonly seals: RowSeals;
    readonly partition: string;
    readonly quotas: Pick<Quotas, 'grantsPerKey'>;
  }) {
    const { database, changes, seals, partition, quotas } = options;
    this.#keys = new KeyReader(partition, seals);
    this.#quotas = quotas;
    this.#database = database;
    this.#changes = changes;
    this.#seals = seals;
    this.#cache = new GrantCache((key, grantIds) => this.#read(key, grantIds), changes.lease);
    changes.on('grant', 'grants', (ref) => this.#cache.forget(ref));
  }

  /** The grants of a key; without a promise when they are in memory and unchanged. */
  index(region: string, keyId: string): GrantIndex | Promise<GrantIndex> {
    return this.#cache.index({ region, keyId });
  }

  /** Makes these grants known, also those that another server has just made. */
  async learn(grants: readonly GrantKey[]): Promise<void> {
    for (const grant of grants) {
      const index = await this.#cache.index(grant);
      if (!index.get(grant.grantId)) this.#cache.forget(grantRef(grant, grant.grantId));
    }
  }

  /**
   * Stores a grant, unless the key has one of the same name that is `same`: then that one is answered.
   * @param decide sees the key as it is in the transaction and may refuse by throwing
   * @throws KeyGone, QuotaExceeded
   */
  async insert(grant: Grant, same: (other: Grant) => boolean, decide?: Decide): Promise<Grant> {
    const where = { region: grant.region, key_id: grant.keyId };
    return this.#changes.commit(async (transaction, changed) => {
      await this.#keys.held(transaction, grant, decide);
      if (grant.name !== undefined) {
        const named = await transaction<Row>('grants').where({ ...where, name: grant.name });
        const known = this.#grants(named).find(same);
        if (known) return known;
      }
      const row = await transaction('grants').where(where).count({ total: '*' }).first();
      requireQuota('grantsPerKey', Number(row?.total ?? 0) + 1, this.#quotas);
      await transaction('grants').insert(this.#seals.sealed('grants', toRow(grant)));
      changed({ kind: 'grant', ref: grantRef(grant, grant.grantId) });
      return grant;
    });
  }

  async find({ region, keyId, grantId }: GrantKey): Promise<Grant | undefined> {
    const where = { region, key_id: keyId, grant_id: grantId };
    const [grant] = this.#grants(await this.#database<Row>('grants').where(where));
    return grant;
  }

  /** @returns whether there was such a grant. */
  async delete({ region, keyId, grantId }: GrantKey): Promise<boolean> {
    return this.#changes.commit(async (transaction, changed) => {
      const where = { region, key_id: keyId, grant_id: grantId };
      const count = await transaction('grants').where(where).delete();
      changed({ kind: 'grant', ref: grantRef({ region, keyId }, grantId) });
      return count > 0;
    });
  }

  /**
   * Grants of a key in ascending order of id, after `after`.
   * @param filter.grantee see principalId
   */
  async list(
    { region, keyId }: KeyPlace,
    filter: { readonly grantId?: string | undefined; readonly grantee?: string | undefined },
    after: string,
    limit: number,
  ): Promise<Grant[]> {
    const query = this.#database<Row>('grants').where({ region, key_id: keyId });
    if (filter.grantId !== undefined) query.andWhere({ grant_id: filter.grantId });
    if (filter.grantee !== undefined) query.andWhere({ grantee: filter.grantee });
    const rows = await query.andWhere('grant_id', '>', after).orderBy('grant_id').limit(limit);
    return this.#grants(rows);
  }

  /**
   * Grants of any key of the Region that this principal may retire.
   * @param retiring see principalId
   */
  async listRetirable(
    region: string,
    retiring: string,
    after: string,
    limit: number,
  ): Promise<Grant[]> {
    const rows = await this.#database<Row>('grants')
      .where({ region, retiring })
      .andWhere('grant_id', '>', after)
      .orderBy('grant_id')
      .limit(limit);
    return this.#grants(rows);
  }

  /** @param grantIds which of the key's; all when it is absent */
  async #read({ region, keyId }: KeyPlace, grantIds?: readonly string[]): Promise<Grant[]> {
    const query = this.#database<Row>('grants').where({ region, key_id: keyId });
    if (grantIds) query.whereIn('grant_id', grantIds);
    return this.#grants(await query);
  }

  /** A grant only ever allows: one that isn't as it was written is as good as none. */
  #grants(rows: readonly Row[]): Grant[] {
    return this.#seals.intact('grants', rows).map(fromRow);
  }
}

function toRow(grant: Grant): Row {
  return {
    region: grant.region,
    key_id: grant.keyId,
    grant_id: grant.grantId,
    account_id: grant.accountId,
    grantee: principalId(grant.grantee),
    retiring: grant.retiring ? principalId(grant.retiring) : null,
    name: grant.name ?? null,
    body: JSON.stringify(grant),
    created_at: grant.createdAt.getTime(),
  };
}

function fromRow(row: Row): Grant {
  const grant = JSON.parse(row.body);
  return { ...grant, createdAt: new Date(grant.createdAt) };
}
