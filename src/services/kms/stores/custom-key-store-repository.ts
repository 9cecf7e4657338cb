import type { ChangeFeed } from '../../../db/changes.js';
import { type Database, lockTable } from '../../../db/database.js';
import type { RowSeals } from '../../../db/row-seals.js';
import type { Scope } from '../../../kernel/scope.js';
import type { ConnectionErrorCode } from '../../../keystores/contract/connection-error.js';
import { type Quotas, requireQuota } from '../keys/quotas.js';
import type { CustomKeyStore, CustomKeyStoreType, StoredConnection } from './custom-key-store.js';
import {
  ClusterInUse,
  CustomKeyStoreHasKeys,
  CustomKeyStoreNameInUse,
  CustomKeyStoreNotFound,
} from './custom-key-store-facts.js';

interface Row {
  custom_key_store_id: string;
  account_id: string;
  region: string;
  name: string;
  type: CustomKeyStoreType;
  cloud_hsm_cluster_id: string;
  trust_anchor: string;
  sealed_password: Buffer;
  connection: StoredConnection;
  connection_error: ConnectionErrorCode | null;
  created_at: number | string;
}

export type CustomKeyStoreChange = Partial<
  Pick<
    CustomKeyStore,
    | 'name'
    | 'cloudHsmClusterId'
    | 'trustAnchor'
    | 'sealedPassword'
    | 'connection'
    | 'connectionError'
  >
>;

/** Custom key stores. Few, so nothing is cached here: the connections hold those in use. */
export class CustomKeyStoreRepository {
  readonly #database: Database;
  readonly #changes: ChangeFeed;
  readonly #seals: RowSeals;
  readonly #quotas: Pick<Quotas, 'customKeyStores'>;

  constructor(options: {
    database: Database;
    changes: ChangeFeed;
    seals: RowSeals;
    quotas: Pick<Quotas, 'customKeyStores'>;
  }) {
    this.#quotas = options.quotas;
    this.#database = options.database;
    this.#changes = options.changes;
    this.#seals = options.seals;
  }

  /** Those that are as they were written: the others are not connected. */
  async all(): Promise<CustomKeyStore[]> {
    const rows = await this.#database<Row>('custom_key_stores').orderBy('custom_key_store_id');
    return this.#seals.intact('custom_key_stores', rows).map(fromRow);
  }

  /** @throws BrokenSeal */
  async find(customKeyStoreId: string): Promise<CustomKeyStore | undefined> {
    const row = await this.#database<Row>('custom_key_stores')
      .where({ custom_key_store_id: customKeyStoreId })
      .first();
    return row && this.#store(row);
  }

  /** A store of this account and Region. @throws CustomKeyStoreNotFound */
  async get(scope: Omit<Scope, 'partition'>, customKeyStoreId: string): Promise<CustomKeyStore> {
    const store = await this.find(customKeyStoreId);
    if (store?.accountId !== scope.accountId || store.region !== scope.region) {
      throw new CustomKeyStoreNotFound(customKeyStoreId);
    }
    return store;
  }

  /** @throws CustomKeyStoreNameInUse, ClusterInUse, QuotaExceeded */
  async insert(store: CustomKeyStore): Promise<void> {
    await this.#changes.commit(async (transaction, changed) => {
      await lockTable(transaction, 'custom_key_stores');
      const scope = { account_id: store.accountId, region: store.region };
      const stored = await transaction<Row>('custom_key_stores').where(scope);
      requireQuota('customKeyStores', stored.length + 1, this.#quotas);
      if (stored.some((row) => row.name === store.name))
        throw new CustomKeyStoreNameInUse(store.name);
      const sameCluster = await transaction<Row>('custom_key_stores')
        .where({ cloud_hsm_cluster_id: store.cloudHsmClusterId })
        .first();
      if (sameCluster) throw new ClusterInUse(store.cloudHsmClusterId);
      await transaction('custom_key_stores').insert(
        this.#seals.sealed('custom_key_stores', toRow(store)),
      );
      changed({ kind: 'custom-key-store', ref: store.customKeyStoreId });
    });
  }

  /**
   * Changes a store; `decide` sees it as it is in the transaction and may refuse by throwing.
   * @throws CustomKeyStoreNotFound, CustomKeyStoreNameInUse, ClusterInUse
   */
  async change(
    customKeyStoreId: string,
    decide: (fresh: CustomKeyStore) => CustomKeyStoreChange,
  ): Promise<CustomKeyStore> {
    return this.#changes.commit(async (transaction, changed) => {
      await lockTable(transaction, 'custom_key_stores');
      const row = await transaction<Row>('custom_key_stores')
        .where({ custom_key_store_id: customKeyStoreId })
        .forUpdate()
        .first();
      if (!row) throw new CustomKeyStoreNotFound(customKeyStoreId);
      const fresh = this.#store(row);
      const next: CustomKeyStore = { ...fresh, ...decide(fresh) };
      if (next.name !== fresh.name) {
        const other = await transaction<Row>('custom_key_stores')
          .where({ account_id: next.accountId, region: next.region, name: next.name })
          .first();
        if (other) throw new CustomKeyStoreNameInUse(next.name);
      }
      if (next.cloudHsmClusterId !== fresh.cloudHsmClusterId) {
        const other = await transaction<Row>('custom_key_stores')
          .where({ cloud_hsm_cluster_id: next.cloudHsmClusterId })
          .first();
        if (other) throw new ClusterInUse(next.cloudHsmClusterId);
      }
      await transaction('custom_key_stores')
        .where({ custom_key_store_id: customKeyStoreId })
        .update(this.#seals.sealed('custom_key_stores', toRow(next)));
      changed({ kind: 'custom-key-store', ref: customKeyStoreId });
      return next;
    });
  }

  /** @throws CustomKeyStoreNotFound, CustomKeyStoreHasKeys */
  async delete(customKeyStoreId: string, check: (fresh: CustomKeyStore) => void): Promise<void> {
    await this.#changes.commit(async (transaction, changed) => {
      const where = { custom_key_store_id: customKeyStoreId };
      const row = await transaction<Row>('custom_key_stores').where(where).forUpdate().first();
      if (!row) throw new CustomKeyStoreNotFound(customKeyStoreId);
      check(this.#store(row));
      if (await transaction('keys').where(where).first('key_id')) {
        throw new CustomKeyStoreHasKeys(customKeyStoreId);
      }
      await transaction('custom_key_stores').where(where).delete();
      changed({ kind: 'custom-key-store', ref: customKeyStoreId });
    });
  }

  /** Stores of the scope in ascending order of id, after `after`; the named one when asked. */
  async list(
    scope: Omit<Scope, 'partition'>,
    filter: { customKeyStoreId?: string | undefined; name?: string | undefined },
    after: string,
    limit: number,
  ): Promise<CustomKeyStore[]> {
    const where: Record<string, string> = { account_id: scope.accountId, region: scope.region };
    if (filter.customKeyStoreId) where.custom_key_store_id = filter.customKeyStoreId;
    if (filter.name) where.name = filter.name;
    const rows = await this.#database<Row>('custom_key_stores')
      .where(where)
      .andWhere('custom_key_store_id', '>', after)
      .orderBy('custom_key_store_id')
      .limit(limit);
    return rows.map((row) => this.#store(row));
  }

  #store(row: Row): CustomKeyStore {
    return fromRow(this.#seals.checked('custom_key_stores', row));
  }
}

function fromRow(row: Row): CustomKeyStore {
  return Object.freeze({
    customKeyStoreId: row.custom_key_store_id,
    accountId: row.account_id,
    region: row.region,
    name: row.name,
    type: row.type,
    cloudHsmClusterId: row.cloud_hsm_cluster_id,
    trustAnchor: row.trust_anchor,
    sealedPassword: row.sealed_password,
    connection: row.connection,
    connectionError: row.connection_error ?? undefined,
    createdAt: new Date(Number(row.created_at)),
  });
}

function toRow(store: CustomKeyStore): Row {
  return {
    custom_key_store_id: store.customKeyStoreId,
    account_id: store.accountId,
    region: store.region,
    name: store.name,
    type: store.type,
    cloud_hsm_cluster_id: store.cloudHsmClusterId,
    trust_anchor: store.trustAnchor,
    sealed_password: store.sealedPassword,
    connection: store.connection,
    connection_error: store.connectionError ?? null,
    created_at: store.createdAt.getTime(),
  };
}
