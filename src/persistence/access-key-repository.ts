import type { Database } from './database.js';

export interface StoredAccessKey {
  readonly accessKeyId: string;
  readonly accountId: string;
  /** `root`: the account root user. */
  readonly principal: string;
  readonly status: 'Active' | 'Inactive';
  readonly sealedSecret: Buffer;
}

interface Row {
  access_key_id: string;
  account_id: string;
  principal: string;
  status: 'Active' | 'Inactive';
  sealed_secret: Buffer;
  created_at: number | string;
}

export class AccessKeyRepository {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(options: { database: Database; now: () => number }) {
    this.#database = options.database;
    this.#now = options.now;
  }

  async all(): Promise<StoredAccessKey[]> {
    const rows = await this.#database<Row>('access_keys').orderBy('created_at');
    return rows.map((row) => ({
      accessKeyId: row.access_key_id,
      accountId: row.account_id,
      principal: row.principal,
      status: row.status,
      sealedSecret: row.sealed_secret,
    }));
  }

  /** Makes this the principal's only access key. */
  async replace(key: StoredAccessKey): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      await transaction('access_keys')
        .where({ account_id: key.accountId, principal: key.principal })
        .delete();
      await transaction('access_keys').insert({
        access_key_id: key.accessKeyId,
        account_id: key.accountId,
        principal: key.principal,
        status: key.status,
        sealed_secret: key.sealedSecret,
        created_at: this.#now(),
      });
    });
  }
}
