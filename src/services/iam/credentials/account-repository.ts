import type { Database } from '../../../db/database.js';

export interface Account {
  readonly accountId: string;
  /** The root user's access key id that the configuration gave last. */
  readonly configuredKeyId: string | undefined;
}

/** The accounts that were set up: each has had its root user's access key. */
export class AccountRepository {
  readonly #database: Database;
  readonly #now: () => number;

  constructor({ database, now }: { database: Database; now: () => number }) {
    this.#database = database;
    this.#now = now;
  }

  async find(accountId: string): Promise<Account | undefined> {
    const row = await this.#database('accounts').where({ account_id: accountId }).first();
    return row && { accountId, configuredKeyId: row.configured_key_id ?? undefined };
  }

  async setConfigured(accountId: string, accessKeyId: string): Promise<void> {
    await this.#database('accounts')
      .where({ account_id: accountId })
      .update({ configured_key_id: accessKeyId });
  }

  async insert(accountId: string): Promise<void> {
    await this.#database('accounts')
      .insert({ account_id: accountId, created_at: this.#now() })
      .onConflict('account_id')
      .ignore();
  }
}
