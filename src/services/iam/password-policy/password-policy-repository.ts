/** What accounts demand of passwords: kept and told, for there are no passwords here. */
import type { ChangeFeed } from '../../../db/changes.js';
import type { Database } from '../../../db/database.js';
import type { RowSeals } from '../../../db/row-seals.js';

export interface PasswordPolicy {
  readonly minimumLength: number;
  readonly symbols: boolean;
  readonly numbers: boolean;
  readonly upperCase: boolean;
  readonly lowerCase: boolean;
  readonly mayBeChanged: boolean;
  /** Days; undefined: a password doesn't expire. */
  readonly maxAge?: number;
  /** How many earlier ones can't be used again. */
  readonly reusePrevention?: number;
  readonly hardExpiry?: boolean;
}

interface Row {
  account_id: string;
  body: string;
}

export class PasswordPolicyRepository {
  readonly #database: Database;
  readonly #changes: Pick<ChangeFeed, 'commit'>;
  readonly #seals: RowSeals;

  constructor({
    database,
    changes,
    seals,
  }: {
    readonly database: Database;
    readonly changes: Pick<ChangeFeed, 'commit'>;
    readonly seals: RowSeals;
  }) {
    this.#database = database;
    this.#changes = changes;
    this.#seals = seals;
  }

  /** @throws BrokenSeal */
  async find(accountId: string): Promise<PasswordPolicy | undefined> {
    const row = await this.#database<Row>('password_policies')
      .where({ account_id: accountId })
      .first();
    return row && JSON.parse(this.#seals.checked('password_policies', row).body);
  }

  async put(accountId: string, policy: PasswordPolicy): Promise<void> {
    const row = { account_id: accountId, body: JSON.stringify(policy) };
    await this.#changes.commit(async (transaction) => {
      await transaction('password_policies')
        .insert(this.#seals.sealed('password_policies', row))
        .onConflict('account_id')
        .merge();
    });
  }

  /** @returns whether there was one */
  remove(accountId: string): Promise<boolean> {
    return this.#changes.commit(async (transaction) => {
      const removed = await transaction('password_policies')
        .where({ account_id: accountId })
        .delete();
      return removed > 0;
    });
  }
}
