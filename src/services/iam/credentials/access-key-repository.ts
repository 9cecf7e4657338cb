/** Access keys of root users, users and services. The secret is sealed. */

import type { Knex } from 'knex';
import type { ChangeFeed } from '../../../db/changes.js';
import { type Database, lockTable } from '../../../db/database.js';
import type { RowSeals } from '../../../db/row-seals.js';
import { NotFound, QuotaExceeded } from '../../../kernel/facts.js';
import { holdEntity } from '../directory/belongings.js';
import { MAX_ACCESS_KEYS } from '../directory/quotas.js';
import { type AccessKeyOwner, userIdOf } from './access-key-owner.js';

export type AccessKeyStatus = 'Active' | 'Inactive';

export interface StoredAccessKey extends AccessKeyOwner {
  readonly accessKeyId: string;
  readonly status: AccessKeyStatus;
  readonly sealedSecret: Buffer;
  readonly createdAt: Date;
  readonly lastUsed: AccessKeyUse | undefined;
}

export interface AccessKeyUse {
  readonly at: Date;
  readonly region: string;
  readonly service: string;
}

interface Row {
  access_key_id: string;
  account_id: string;
  principal: string;
  status: AccessKeyStatus;
  sealed_secret: Buffer;
  created_at: number | string;
  last_used_at: number | string | null;
  last_used_region: string | null;
  last_used_service: string | null;
}

export class AccessKeyRepository {
  readonly #database: Database;
  readonly #changes: ChangeFeed;
  readonly #seals: RowSeals;

  constructor({
    database,
    changes,
    seals,
  }: {
    readonly database: Database;
    readonly changes: ChangeFeed;
    readonly seals: RowSeals;
  }) {
    this.#database = database;
    this.#changes = changes;
    this.#seals = seals;
  }

  /** @throws BrokenSeal */
  async find(accessKeyId: string): Promise<StoredAccessKey | undefined> {
    const row = await this.#rows().where({ access_key_id: accessKeyId }).first();
    return row && this.#key(row);
  }

  /** Oldest first. */
  async list({ accountId, principal }: AccessKeyOwner): Promise<StoredAccessKey[]> {
    const where = { account_id: accountId, principal };
    const rows = await this.#rows().where(where).orderBy(['created_at', 'access_key_id']);
    return rows.map((row) => this.#key(row));
  }

  /** All of the account's, in the order of their ids. */
  async ofAccount(accountId: string): Promise<StoredAccessKey[]> {
    const rows = await this.#rows().where({ account_id: accountId }).orderBy('access_key_id');
    return rows.map((row) => this.#key(row));
  }

  /** @throws NotFound when the owner is gone; QuotaExceeded when it has two already */
  async insert(key: StoredAccessKey): Promise<void> {
    const userId = userIdOf(key);
    await this.#changes.commit(async (transaction, changed) => {
      if (userId !== undefined && !(await holdEntity(transaction, userId))) {
        throw new NotFound(`user with id ${userId}`);
      }
      await lockTable(transaction, 'access_keys');
      const where = { account_id: key.accountId, principal: key.principal };
      const held = await transaction<Row>('access_keys').where(where);
      if (held.length >= MAX_ACCESS_KEYS) {
        throw new QuotaExceeded('AccessKeysPerUser', MAX_ACCESS_KEYS);
      }
      await transaction('access_keys').insert(this.#seals.sealed('access_keys', toRow(key)));
      changed({ kind: 'access-key', ref: key.accessKeyId });
    });
  }

  /** Makes this the owner's only access key, and remembers what the configuration gave. */
  async replaceConfigured(key: StoredAccessKey): Promise<void> {
    await this.#changes.commit(async (transaction, changed) => {
      await lockTable(transaction, 'access_keys');
      const where = { account_id: key.accountId, principal: key.principal };
      const held = await transaction<Row>('access_keys').where(where);
      await transaction('access_keys').where(where).delete();
      await transaction('access_keys').insert(this.#seals.sealed('access_keys', toRow(key)));
      await transaction('accounts')
        .where({ account_id: key.accountId })
        .update({ configured_key_id: key.accessKeyId });
      for (const row of held) changed({ kind: 'access-key', ref: row.access_key_id });
      changed({ kind: 'access-key', ref: key.accessKeyId });
    });
  }

  /** @throws NotFound unless the key is this owner's */
  async setStatus(owner: AccessKeyOwner, accessKeyId: string, status: AccessKeyStatus) {
    await this.#changeOne(owner, accessKeyId, (row) => row.update({ status }));
  }

  async setSecret(owner: AccessKeyOwner, accessKeyId: string, sealedSecret: Buffer) {
    await this.#changeOne(owner, accessKeyId, (row) => row.update({ sealed_secret: sealedSecret }));
  }

  /** @throws NotFound unless the key is this owner's */
  async delete(owner: AccessKeyOwner, accessKeyId: string) {
    await this.#changeOne(owner, accessKeyId, (row) => row.delete());
  }

  /**
   * When keys were used; no change that anybody's memory must follow. An older use never replaces a
   * newer one of another server.
   */
  async recordUses(uses: ReadonlyMap<string, AccessKeyUse>): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      for (const [accessKeyId, { at, region, service }] of uses) {
        await transaction('access_keys')
          .where({ access_key_id: accessKeyId })
          .andWhere((rows) =>
            rows.whereNull('last_used_at').orWhere('last_used_at', '<=', at.getTime()),
          )
          .update({
            last_used_at: at.getTime(),
            last_used_region: region,
            last_used_service: service,
          });
      }
    });
  }

  async #changeOne(
    { accountId, principal }: AccessKeyOwner,
    accessKeyId: string,
    change: (row: Knex.QueryBuilder) => PromiseLike<number>,
  ): Promise<void> {
    const where = { account_id: accountId, principal, access_key_id: accessKeyId };
    await this.#changes.commit(async (transaction, changed) => {
      const found = await this.#seals.change(
        transaction,
        'access_keys',
        (rows) => rows.where(where),
        () => change(transaction('access_keys').where(where)),
      );
      if (found !== 1) throw noSuchAccessKey(accessKeyId);
      changed({ kind: 'access-key', ref: accessKeyId });
    });
  }

  #key(row: Row): StoredAccessKey {
    return fromRow(this.#seals.checked('access_keys', row));
  }

  #rows() {
    return this.#database<Row>('access_keys');
  }
}

export function noSuchAccessKey(accessKeyId: string): NotFound {
  return new NotFound(`Access Key with id ${accessKeyId}`);
}

function toRow(key: StoredAccessKey) {
  return {
    access_key_id: key.accessKeyId,
    account_id: key.accountId,
    principal: key.principal,
    status: key.status,
    sealed_secret: key.sealedSecret,
    created_at: key.createdAt.getTime(),
  };
}

function fromRow(row: Row): StoredAccessKey {
  return {
    accessKeyId: row.access_key_id,
    accountId: row.account_id,
    principal: row.principal,
    status: row.status,
    sealedSecret: row.sealed_secret,
    createdAt: new Date(Number(row.created_at)),
    lastUsed:
      row.last_used_at === null
        ? undefined
        : {
            at: new Date(Number(row.last_used_at)),
            region: row.last_used_region ?? '',
            service: row.last_used_service ?? '',
          },
  };
}
