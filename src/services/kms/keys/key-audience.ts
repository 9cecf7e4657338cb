/**
 * The audience of a key: the callers who may find out that it is there. Those are its account's, and
 * of other accounts whomever its policy or a grant names. To everybody else a key that is there
 * costs the same as one that isn't: one look into indexes that have nothing of either. Source: decision 19.
 */
import type { Knex } from 'knex';
import type { Principal } from '../../../authz/model.js';
import { audienceIds, policyAudience } from '../../../authz/policy-audience.js';
import type { Database } from '../../../db/database.js';
import type { Key } from './key.js';
import { placeOf } from './key-rows.js';

/** Rows that one statement inserts. */
const ROWS_A_STATEMENT = 100;

/** A key as a caller names it. */
export type SoughtKey = (SoughtById | SoughtByAlias) & {
  readonly region: string;
  /** A grant of the key, which nobody knows who wasn't told of it. */
  readonly grantId?: string | undefined;
};

interface SoughtById {
  readonly keyId: string;
  /** Whose key it is to be; undefined: whose it is doesn't matter. */
  readonly accountId: string | undefined;
}

interface SoughtByAlias {
  /** With its prefix `alias/`. */
  readonly aliasName: string;
  readonly accountId: string;
}

/** No key's: what an alias that isn't there stands for, so that the rest of the work is the same. */
export const NO_KEY_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Whether an account is another one than the caller's. No account is to a service: the operator set it
 * up for several, and it hears of any key whether it is there.
 */
export function isForeign(accountId: string, caller: Principal): boolean {
  return accountId !== caller.accountId && caller.type !== 'AWSService';
}

export class KeyAudience {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Whether there is such a key and the caller is of its audience, by one statement of the database. */
  async includes(sought: SoughtKey, caller: Principal): Promise<boolean> {
    const database = this.#database;
    const { region, accountId, grantId } = sought;
    const place = { region, key_id: this.#keyId(sought) };
    const reasons: Knex.QueryBuilder[] = [];
    if (accountId === undefined || accountId === caller.accountId) {
      reasons.push(database('keys').where({ ...place, account_id: caller.accountId }));
    }
    if (accountId !== caller.accountId) {
      const { uniqueId, userId } = caller;
      reasons.push(
        database('key_audience').where(place).whereIn('named', audienceIds(caller)),
        database('grants').where(place).whereIn('grantee', [caller.accountId, uniqueId, userId]),
      );
    }
    if (grantId !== undefined) {
      reasons.push(database('grants').where({ ...place, grant_id: grantId }));
    }
    const question = database.select(database.raw('1 as found'));
    for (const reason of reasons) question.orWhereExists(reason.select(database.raw('1')));
    const answer = await question;
    return answer.length > 0;
  }

  #keyId(sought: SoughtKey): string | Knex.Raw {
    if (!('aliasName' in sought)) return sought.keyId;
    const { accountId, region, aliasName } = sought;
    const where = { account_id: accountId, region, name: aliasName };
    const target = this.#database('aliases').where(where).select('key_id');
    return this.#database.raw('coalesce((?), ?)', [target, NO_KEY_ID]);
  }
}

/** Part of the transaction that stores a key's policy. */
export async function putAudience(transaction: Knex.Transaction, key: Key): Promise<void> {
  await transaction('key_audience').where(placeOf(key)).delete();
  await insertAudience(transaction, key);
}

/** Part of the transaction that stores a new key. */
export async function insertAudience(transaction: Knex.Transaction, key: Key): Promise<void> {
  const owned = { ...placeOf(key), account_id: key.accountId };
  const rows = policyAudience(key).map((named) => ({ ...owned, named }));
  for (let at = 0; at < rows.length; at += ROWS_A_STATEMENT) {
    await transaction('key_audience').insert(rows.slice(at, at + ROWS_A_STATEMENT));
  }
}
