/** The accounts that issue web identity tokens: a row an account, all of them in memory. */
import type { Knex } from 'knex';
import type { ChangeFeed } from '../../../db/changes.js';
import type { Database } from '../../../db/database.js';
import { ReadThroughCache } from '../../../db/read-through-cache.js';
import type { RowSeals } from '../../../db/row-seals.js';
import { type Issuer, keysOf, liveKeys, type SigningKey } from './issuer.js';

const TABLE = 'web_identity_issuers';
const ALL = 'all';

interface Row {
  account_id: string;
  issuer_id: string;
  region: string;
  enabled: boolean | number;
  signing_keys: string;
  created_at: number | string;
}

interface Known {
  readonly byAccount: ReadonlyMap<string, Issuer>;
  readonly byId: ReadonlyMap<string, Issuer>;
}

export interface IssuersOptions {
  readonly database: Database;
  readonly changes: ChangeFeed;
  readonly seals: RowSeals;
  /** The accounts of this server: another one's issuer is none. */
  readonly accounts: ReadonlySet<string>;
}

/**
 * As few as a server has accounts, so one read brings them all, and a name that nobody has costs no
 * question to the database.
 */
export class Issuers {
  readonly #options: IssuersOptions;
  readonly #known: ReadThroughCache<Known>;

  constructor(options: IssuersOptions) {
    this.#options = options;
    const { changes } = options;
    this.#known = new ReadThroughCache(1, changes.lease);
    changes.on('web-identity-issuer', 'issuers of web identity tokens', () =>
      this.#known.forget(ALL),
    );
  }

  /** Whether it is enabled or not; undefined: it never was. */
  async ofAccount(accountId: string): Promise<Issuer | undefined> {
    return (await this.#all()).byAccount.get(accountId);
  }

  /** As `ofAccount`. */
  async named(issuerId: string): Promise<Issuer | undefined> {
    return (await this.#all()).byId.get(issuerId);
  }

  /**
   * Lets an account issue tokens.
   * @param fresh what the account is called if it never was an issuer
   * @returns undefined: it is enabled already
   * @throws BrokenSeal
   */
  async enable(
    accountId: string,
    fresh: Pick<Issuer, 'issuerId' | 'region' | 'createdAt'>,
  ): Promise<Issuer | undefined> {
    const { changes, seals } = this.#options;
    return changes.commit(async (transaction, changed) => {
      const made: Issuer = { accountId, ...fresh, enabled: true, keys: [] };
      // The primary key decides between two callers.
      const inserted = await transaction(TABLE)
        .insert(seals.sealed(TABLE, toRow(made)))
        .onConflict('account_id')
        .ignore()
        .returning('account_id');
      const issuer =
        inserted.length > 0 ? made : await this.#switch(transaction, accountId, { to: true });
      if (issuer) changed({ kind: 'web-identity-issuer', ref: accountId });
      return issuer;
    });
  }

  /** @returns undefined: it isn't enabled. @throws BrokenSeal */
  async disable(accountId: string): Promise<Issuer | undefined> {
    return this.#options.changes.commit(async (transaction, changed) => {
      const issuer = await this.#switch(transaction, accountId, { to: false });
      if (issuer) changed({ kind: 'web-identity-issuer', ref: accountId });
      return issuer;
    });
  }

  /**
   * Adds a key, unless another server has added it: then that server's stays. Keys that no token is left
   * of go.
   * @param now by the calendar, in epoch milliseconds
   * @returns the issuer as it is now; undefined: there is none
   * @throws BrokenSeal
   */
  async publish(
    accountId: string,
    key: Omit<SigningKey, 'publishedAt'>,
    now: number,
  ): Promise<Issuer | undefined> {
    return this.#options.changes.commit(async (transaction, changed) => {
      const issuer = await this.#held(transaction, accountId);
      if (!issuer) return undefined;
      const newest = keysOf(issuer, key.algorithm).at(-1)?.ordinal ?? -1;
      if (key.ordinal !== newest + 1) return issuer;
      const added = { ...issuer, keys: [...issuer.keys, { ...key, publishedAt: now }] };
      const kept = { ...added, keys: liveKeys(added, now) };
      await this.#write(transaction, kept);
      changed({ kind: 'web-identity-issuer', ref: accountId });
      return kept;
    });
  }

  async #switch(
    transaction: Knex.Transaction,
    accountId: string,
    { to: enabled }: { readonly to: boolean },
  ): Promise<Issuer | undefined> {
    const issuer = await this.#held(transaction, accountId);
    if (!issuer || issuer.enabled === enabled) return undefined;
    const switched = { ...issuer, enabled };
    await this.#write(transaction, switched);
    return switched;
  }

  /** The account's row, locked. @throws BrokenSeal */
  async #held(transaction: Knex.Transaction, accountId: string): Promise<Issuer | undefined> {
    const row = await transaction<Row>(TABLE).where({ account_id: accountId }).forUpdate().first();
    return row && fromRow(this.#options.seals.checked(TABLE, row));
  }

  async #write(transaction: Knex.Transaction, issuer: Issuer): Promise<void> {
    await transaction(TABLE)
      .where({ account_id: issuer.accountId })
      .update(this.#options.seals.sealed(TABLE, toRow(issuer)));
  }

  async #all(): Promise<Known> {
    const known = await this.#known.get(ALL, () => this.#read());
    if (!known) throw new Error('the issuers of web identity tokens were not read');
    return known;
  }

  /** Those that are as they were written: what somebody else wrote issues nothing. */
  async #read(): Promise<Known> {
    const { database, seals, accounts } = this.#options;
    const rows = await database<Row>(TABLE).orderBy('account_id');
    const issuers = seals
      .intact(TABLE, rows)
      .map(fromRow)
      .filter(({ accountId }) => accounts.has(accountId));
    return {
      byAccount: new Map(issuers.map((issuer) => [issuer.accountId, issuer])),
      byId: new Map(issuers.map((issuer) => [issuer.issuerId, issuer])),
    };
  }
}

function toRow({ accountId, issuerId, region, enabled, keys, createdAt }: Issuer): Row {
  return {
    ...{ account_id: accountId, issuer_id: issuerId, region, enabled },
    ...{ signing_keys: JSON.stringify(keys), created_at: createdAt },
  };
}

function fromRow(row: Row): Issuer {
  return {
    accountId: row.account_id,
    issuerId: row.issuer_id,
    region: row.region,
    enabled: Boolean(row.enabled),
    keys: JSON.parse(row.signing_keys),
    createdAt: Number(row.created_at),
  };
}
