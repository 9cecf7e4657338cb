/** Grants. Those of a key are held in memory as an index and brought up to date one by one. */
import { LRUCache } from 'lru-cache';
import type { Grant } from '../../../authz/grant.js';
import { GrantIndex } from '../../../authz/grant-index.js';
import { type ChangeFeed, EVERYTHING } from '../../../db/changes.js';
import { type Database, lockTable } from '../../../db/database.js';
import { keyRef } from '../keys/key-rows.js';
import { type Quotas, requireQuota } from '../keys/quotas.js';
import type { GrantAddress } from './grant-token.js';

interface Row {
  region: string;
  key_id: string;
  grant_id: string;
  account_id: string;
  grantee: string;
  retiring: string | null;
  name: string | null;
  body: string;
  created_at: number | string;
}

/** Grants in memory, over all keys. */
const MAX_HELD = 200_000;
/** With more to read again than this the whole key is read anew. */
const MAX_STALE = 400;

/** The primary key of a grant's row. */
export type GrantKey = Omit<GrantAddress, 'accountId'>;

/** The index of one key's grants, and which of them have changed since. */
interface Held {
  readonly index: GrantIndex;
  readonly stale: Set<string>;
}

export class GrantRepository {
  readonly #database: Database;
  readonly #changes: ChangeFeed;
  readonly #held: LRUCache<string, Held>;
  readonly #quotas: Pick<Quotas, 'grantsPerKey'>;
  readonly #loading = new Map<string, { stale: Set<string>; done: Promise<GrantIndex> }>();

  constructor(options: {
    readonly database: Database;
    readonly changes: ChangeFeed;
    readonly quotas: Pick<Quotas, 'grantsPerKey'>;
  }) {
    const { database, changes, quotas } = options;
    this.#quotas = quotas;
    this.#database = database;
    this.#changes = changes;
    this.#held = new LRUCache({
      maxSize: MAX_HELD,
      sizeCalculation: ({ index }) => index.size + 1,
    });
    changes.on('grant', (ref) => this.#markStale(ref));
  }

  /** The grants of a key; without a promise when they are in memory and unchanged. */
  index(region: string, keyId: string): GrantIndex | Promise<GrantIndex> {
    const ref = keyRef(region, keyId);
    const held = this.#held.get(ref);
    if (held && held.stale.size === 0) return held.index;
    return this.#loading.get(ref)?.done ?? this.#bringUpToDate(ref, region, keyId, held);
  }

  /** Makes these grants known, also those that another server has just made. */
  async learn(grants: readonly GrantKey[]): Promise<void> {
    for (const { region, keyId, grantId } of grants) {
      const index = await this.index(region, keyId);
      if (!index.get(grantId)) this.#markStale(`${keyRef(region, keyId)}/${grantId}`);
    }
  }

  /**
   * Stores a grant, unless the key has one of the same name that is `same`: then that one is answered.
   * @throws QuotaExceeded
   */
  async insert(grant: Grant, same: (other: Grant) => boolean): Promise<Grant> {
    const where = { region: grant.region, key_id: grant.keyId };
    return this.#changes.commit(async (transaction, changed) => {
      await lockTable(transaction, 'grants');
      if (grant.name !== undefined) {
        const named = await transaction<Row>('grants').where({ ...where, name: grant.name });
        const known = named.map(fromRow).find(same);
        if (known) return known;
      }
      const row = await transaction('grants').where(where).count({ total: '*' }).first();
      requireQuota('grantsPerKey', Number(row?.total ?? 0) + 1, this.#quotas);
      await transaction('grants').insert(toRow(grant));
      changed({ kind: 'grant', ref: grantRef(grant) });
      return grant;
    });
  }

  async find({ region, keyId, grantId }: GrantKey): Promise<Grant | undefined> {
    const where = { region, key_id: keyId, grant_id: grantId };
    const row = await this.#database<Row>('grants').where(where).first();
    return row && fromRow(row);
  }

  /** @returns whether there was such a grant. */
  async delete({ region, keyId, grantId }: GrantKey): Promise<boolean> {
    return this.#changes.commit(async (transaction, changed) => {
      const where = { region, key_id: keyId, grant_id: grantId };
      const count = await transaction('grants').where(where).delete();
      changed({ kind: 'grant', ref: grantRef({ region, keyId, grantId }) });
      return count > 0;
    });
  }

  /** Grants of a key in ascending order of id, after `after`. */
  async list(
    { region, keyId }: Omit<GrantKey, 'grantId'>,
    filter: { readonly grantId?: string | undefined; readonly grantee?: string | undefined },
    after: string,
    limit: number,
  ): Promise<Grant[]> {
    const query = this.#database<Row>('grants').where({ region, key_id: keyId });
    if (filter.grantId !== undefined) query.andWhere({ grant_id: filter.grantId });
    if (filter.grantee !== undefined) query.andWhere({ grantee: filter.grantee });
    const rows = await query.andWhere('grant_id', '>', after).orderBy('grant_id').limit(limit);
    return rows.map(fromRow);
  }

  /** Grants of any key of the Region that this principal may retire. */
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
    return rows.map(fromRow);
  }

  #markStale(ref: string): void {
    if (ref === EVERYTHING) {
      this.#held.clear();
      this.#loading.clear();
      return;
    }
    const cut = ref.lastIndexOf('/');
    const key = ref.slice(0, cut);
    const grantId = ref.slice(cut + 1);
    if (grantId === EVERYTHING) {
      this.#held.delete(key);
      this.#loading.delete(key);
      return;
    }
    const held = this.#held.get(key);
    held?.stale.add(grantId);
    if (held && held.stale.size > MAX_STALE) this.#held.delete(key);
    this.#loading.get(key)?.stale.add(grantId);
  }

  /** One reader a key at a time; what changes while it reads is read again at its end. */
  #bringUpToDate(
    ref: string,
    region: string,
    keyId: string,
    held: Held | undefined,
  ): Promise<GrantIndex> {
    const stale = new Set(held?.stale);
    held?.stale.clear();
    const loading = { stale, done: this.#read(region, keyId, held?.index, stale) };
    loading.done = loading.done
      .then((index) => {
        // Size is counted when it is set, and it has changed.
        if (this.#loading.get(ref) === loading) this.#held.set(ref, { index, stale });
        return index;
      })
      .catch((error: unknown) => {
        this.#held.delete(ref);
        throw error;
      })
      .finally(() => {
        if (this.#loading.get(ref) === loading) this.#loading.delete(ref);
      });
    this.#loading.set(ref, loading);
    return loading.done;
  }

  async #read(
    region: string,
    keyId: string,
    known: GrantIndex | undefined,
    stale: Set<string>,
  ): Promise<GrantIndex> {
    const where = { region, key_id: keyId };
    const index = known ?? new GrantIndex();
    if (!known) {
      for (const row of await this.#database<Row>('grants').where(where)) index.add(fromRow(row));
    }
    while (stale.size > 0) {
      const grantIds = [...stale].slice(0, MAX_STALE);
      for (const grantId of grantIds) stale.delete(grantId);
      const rows = await this.#database<Row>('grants').where(where).whereIn('grant_id', grantIds);
      for (const grantId of grantIds) index.remove(grantId);
      for (const row of rows) index.add(fromRow(row));
    }
    return index;
  }
}

function grantRef({ region, keyId, grantId }: GrantKey): string {
  return `${keyRef(region, keyId)}/${grantId}`;
}

function toRow(grant: Grant): Row {
  return {
    region: grant.region,
    key_id: grant.keyId,
    grant_id: grant.grantId,
    account_id: grant.accountId,
    grantee: grant.grantee.name,
    retiring: grant.retiring?.name ?? null,
    name: grant.name ?? null,
    body: JSON.stringify(grant),
    created_at: grant.createdAt.getTime(),
  };
}

function fromRow(row: Row): Grant {
  const grant = JSON.parse(row.body);
  return { ...grant, createdAt: new Date(grant.createdAt) };
}
