/**
 * Intents and tombstones of token objects. `intended`: may or may not be in the token, belongs to no
 * key yet; `live`: a key's material; `adopted`: the same, but never to be destroyed, as others made it;
 * `wrapping`: a pair for imports; `doomed`: to be destroyed. A row goes only when the token is known not
 * to hold the object; an adopted one's with its key.
 */

import type { Knex } from 'knex';
import type { Database } from '../../db/database.js';
import type { Owner } from '../../db/node-identity.js';
import type { RowSeals } from '../../db/row-seals.js';
import { HOUR_MS } from '../../kernel/time.js';
import type { Adoption } from '../contract/material.js';
import { StoreError } from '../contract/store-error.js';

export interface TokenObjectIntent {
  readonly ckaId: string;
  readonly tokenId: string;
  readonly accountId: string;
  readonly region: string;
  readonly keyId: string;
}

/** Another server's intent counts as abandoned after this long; a creation never takes so long. */
const ABANDONED_AFTER_MS = HOUR_MS;
/** Import tokens are good for 24 hours. */
const WRAPPING_MS = 25 * HOUR_MS;

export class TokenObjectRepository {
  readonly #database: Database;
  readonly #seals: RowSeals;
  readonly #owner: Owner;
  readonly #now: () => number;

  constructor(options: {
    readonly database: Database;
    readonly seals: RowSeals;
    readonly owner: Owner;
    readonly now: () => number;
  }) {
    this.#database = options.database;
    this.#seals = options.seals;
    this.#owner = options.owner;
    this.#now = options.now;
  }

  async intend(
    intent: TokenObjectIntent,
    status: 'intended' | 'wrapping' = 'intended',
  ): Promise<void> {
    const row = {
      cka_id: intent.ckaId,
      token_id: intent.tokenId,
      account_id: intent.accountId,
      region: intent.region,
      key_id: intent.keyId,
      status,
      node_id: this.#owner.nodeId,
      incarnation: this.#owner.incarnation,
      created_at: this.#now(),
    };
    await this.#database('token_objects').insert(this.#seals.sealed('token_objects', row));
  }

  /** Dooms a key's wrapping pairs but the newest `keep`: an import token asks for one of them. */
  async limitWrapping({ region, keyId }: TokenObjectIntent, keep: number): Promise<void> {
    const rows = await this.#database('token_objects')
      .where({ region, key_id: keyId, status: 'wrapping' })
      .orderBy('created_at', 'desc')
      .select('cka_id');
    const unwanted = rows.slice(keep).map((row) => row.cka_id);
    await this.#doom((objects) => objects.whereIn('cka_id', unwanted));
  }

  /** The creation failed or nobody waits for it: whatever the token holds is to be destroyed. */
  async discard(ckaId: string): Promise<void> {
    await this.#doom((objects) =>
      objects.where({ cka_id: ckaId }).whereIn('status', ['intended', 'wrapping']),
    );
  }

  async #doom(which: (objects: Knex.QueryBuilder) => Knex.QueryBuilder): Promise<void> {
    await this.#database.transaction((transaction) => doom(transaction, this.#seals, which));
  }

  /**
   * Objects of this token that nobody will confirm any more: marked to be destroyed, or their creator
   * is gone. None is a key's, whatever its row says: a destroyed key can't be made again.
   */
  async abandoned(tokenId: string): Promise<string[]> {
    const { nodeId, incarnation } = this.#owner;
    const rows = await this.#database('token_objects')
      .where({ token_id: tokenId })
      .whereNotIn('cka_id', this.#materials())
      .andWhere((query) =>
        query
          .where({ status: 'doomed' })
          .orWhere((wrapping) =>
            wrapping
              .where({ status: 'wrapping' })
              .andWhere('created_at', '<', this.#now() - WRAPPING_MS),
          )
          .orWhere((own) =>
            own.where({ status: 'intended', node_id: nodeId }).andWhereNot({ incarnation }),
          )
          .orWhere((other) =>
            other
              .where({ status: 'intended' })
              .andWhereNot({ node_id: nodeId })
              .andWhere('created_at', '<', this.#now() - ABANDONED_AFTER_MS),
          ),
      );
    return this.#seals.intact('token_objects', rows).map((row) => row.cka_id);
  }

  #materials() {
    return this.#database('key_materials').whereNotNull('cka_id').select('cka_id');
  }

  /** Whose the objects are that this server makes. */
  get owner(): Owner {
    return this.#owner;
  }

  /** Whether the database knows one of these objects of the token, whatever its status. */
  async isKnown(tokenId: string, ckaIds: readonly string[]): Promise<boolean> {
    const row = await this.#database('token_objects')
      .where({ token_id: tokenId })
      .whereIn('cka_id', ckaIds)
      .first('cka_id');
    return row !== undefined;
  }

  /** Every object of this token that the database knows, whatever its status. */
  async known(tokenId: string): Promise<Set<string>> {
    const rows = await this.#database('token_objects')
      .where({ token_id: tokenId })
      .select('cka_id');
    return new Set(rows.map((row) => row.cka_id));
  }

  /** The token is known not to hold the object. A live object's row is never removed here. */
  async forget(ckaId: string): Promise<void> {
    await this.#database('token_objects')
      .where({ cka_id: ckaId })
      .whereNotIn('status', ['live', 'adopted'])
      .delete();
  }
}

/**
 * Part of the transaction that stores a key.
 * @throws Error when the intent is no longer there to be confirmed (a reconciler took it for
 * abandoned): the key must then not be stored.
 */
export async function markTokenObjectLive(
  transaction: Knex.Transaction,
  seals: RowSeals,
  ckaId: string,
): Promise<void> {
  const changed = await seals.change(
    transaction,
    'token_objects',
    (objects) => objects.where({ cka_id: ckaId, status: 'intended' }),
    () => transaction('token_objects').where({ cka_id: ckaId }).update({ status: 'live' }),
  );
  if (changed !== 1) throw new Error('the intent of the token object is gone');
}

/**
 * The same for an object that was in the token before.
 * @throws StoreError adopted when another key has it: that one must then not be stored
 */
export async function insertAdoptedObject(
  transaction: Knex.Transaction,
  seals: RowSeals,
  { accountId, region, keyId, ckaId, adoption, createdAt }: AdoptedObject,
): Promise<void> {
  const row = {
    cka_id: ckaId,
    token_id: adoption.tokenId,
    account_id: accountId,
    region,
    key_id: keyId,
    status: adoption.destroyOnDeletion ? 'live' : 'adopted',
    node_id: adoption.nodeId,
    incarnation: adoption.incarnation,
    created_at: createdAt.getTime(),
  };
  const inserted = await transaction('token_objects')
    .insert(seals.sealed('token_objects', row))
    .onConflict('cka_id')
    .ignore()
    .returning('cka_id');
  if (inserted.length === 0) throw new StoreError('adopted');
}

interface AdoptedObject extends Omit<TokenObjectIntent, 'tokenId'> {
  readonly adoption: Adoption;
  readonly createdAt: Date;
}

/**
 * Part of the transaction that takes the object from its key: it is to be destroyed, or to be left
 * alone from now on where others made it.
 */
export async function discardTokenObject(
  transaction: Knex.Transaction,
  seals: RowSeals,
  ckaId: string,
): Promise<void> {
  await transaction('token_objects').where({ cka_id: ckaId, status: 'adopted' }).delete();
  await doom(transaction, seals, (objects) => objects.where({ cka_id: ckaId }));
}

async function doom(
  transaction: Knex.Transaction,
  seals: RowSeals,
  which: (objects: Knex.QueryBuilder) => Knex.QueryBuilder,
): Promise<void> {
  await seals.change(transaction, 'token_objects', which, () =>
    which(transaction('token_objects')).update({ status: 'doomed' }),
  );
}
