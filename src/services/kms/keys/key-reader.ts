/** How keys with all that belongs to them are read, inside a transaction or without one. */

import type { Knex } from 'knex';
import type { Database } from '../../../db/database.js';
import { holdRow } from '../../../db/owner-row.js';
import type { Parts, RowSeals } from '../../../db/row-seals.js';
import type { Key } from './key.js';
import type { Decide, KeyName } from './key-change.js';
import { KeyGone } from './key-gone.js';
import { isMultiRegionKeyId, keyArn } from './key-id.js';
import { type KeyRow, keyFromRows, type MaterialRow } from './key-rows.js';

type Executor = Database | Knex.Transaction;

/** A key, and what its seal is over. */
interface ReadKey {
  readonly key: Key;
  readonly row: KeyRow;
  readonly parts: Parts;
}

export class KeyReader {
  readonly #partition: string;
  readonly #seals: RowSeals;

  constructor(partition: string, seals: RowSeals) {
    this.#partition = partition;
    this.#seals = seals;
  }

  /**
   * The key as it is now, for whoever gives it something: it stays, and nobody else changes it or gives
   * it anything until the transaction ends.
   * @throws KeyGone, BrokenSeal, and what `decide` refuses it with
   */
  async held(transaction: Knex.Transaction, name: KeyName, decide?: Decide): Promise<Key> {
    const key = await this.findHeld(transaction, name);
    if (!key) throw this.#gone(name);
    decide?.(key);
    return key;
  }

  /** As `held`; undefined: it is gone. @throws BrokenSeal */
  async findHeld(transaction: Knex.Transaction, name: KeyName): Promise<Key | undefined> {
    const { region, keyId, accountId } = name;
    if (!(await holdRow(transaction, 'keys', { region, key_id: keyId }))) return undefined;
    const key = await this.#findLocked(transaction, region, keyId);
    return key?.accountId === accountId ? key : undefined;
  }

  /** As `findRelated`. @throws KeyGone when the named key is */
  async related(transaction: Knex.Transaction, name: KeyName): Promise<[Key, ...Key[]]> {
    const [first, ...others] = await this.findRelated(transaction, name);
    if (!first) throw this.#gone(name);
    return [first, ...others];
  }

  /** The related keys that this server holds, locked, the named one first; none if it is gone. */
  async findRelated(
    transaction: Knex.Transaction,
    { accountId, region, keyId }: KeyName,
  ): Promise<Key[]> {
    const rows = await transaction('keys')
      .where({ account_id: accountId, key_id: keyId })
      .orderBy('region')
      .forUpdate()
      .select('region');
    const regions: string[] = rows.map((row) => row.region);
    if (!regions.includes(region)) return [];
    const related: Key[] = [];
    for (const place of [region, ...regions.filter((other) => other !== region)]) {
      const key = await this.#findLocked(transaction, place, keyId);
      if (key) related.push(key);
    }
    return related;
  }

  /**
   * The key with all that belongs to it.
   * @throws BrokenSeal
   */
  async find(database: Database, region: string, keyId: string): Promise<Key | undefined> {
    const read = await this.#read(database, region, keyId);
    if (!read) return undefined;
    if (this.#seals.isIntact('keys', read.row, read.parts)) return read.key;
    // A change may have been committed between the statements: once more, without one.
    return database.transaction((transaction) => this.#findLocked(transaction, region, keyId));
  }

  #gone({ accountId, region, keyId }: KeyName): KeyGone {
    return new KeyGone(keyArn({ partition: this.#partition, region, accountId }, keyId));
  }

  async #findLocked(
    transaction: Knex.Transaction,
    region: string,
    keyId: string,
  ): Promise<Key | undefined> {
    await transaction('keys').where({ region, key_id: keyId }).forUpdate().first('key_id');
    const read = await this.#read(transaction, region, keyId);
    if (read) this.#seals.checked('keys', read.row, read.parts);
    return read?.key;
  }

  async #read(executor: Executor, region: string, keyId: string): Promise<ReadKey | undefined> {
    const where = { region, key_id: keyId };
    const row: KeyRow | undefined = await executor('keys').where(where).first();
    if (!row) return undefined;
    const materials: MaterialRow[] = await executor('key_materials').where(where);
    const tags = await executor('tags').where(where);
    const aliases = await executor('aliases').where(where).orderBy('name');
    const regions = isMultiRegionKeyId(keyId)
      ? await regionsOf(executor, row.account_id, keyId)
      : [];
    const store = row.custom_key_store_id
      ? await executor('custom_key_stores')
          .where({ custom_key_store_id: row.custom_key_store_id })
          .first('cloud_hsm_cluster_id')
      : undefined;
    const key = keyFromRows(
      this.#partition,
      { ...row, ...store },
      {
        materials,
        tags: new Map(tags.map((tag) => [tag.tag_key, tag.tag_value])),
        aliases: aliases.map((alias) => alias.name),
        regions,
      },
    );
    return { key, row, parts: { key_materials: materials, tags, aliases } };
  }
}

/** The Regions of a multi-Region key's related keys, here and on other servers. */
async function regionsOf(executor: Executor, accountId: string, keyId: string): Promise<string[]> {
  const where = { account_id: accountId, key_id: keyId };
  const here = await executor('keys').where(where).select('region');
  const elsewhere = await executor('remote_keys').where(where).select('region');
  return [...here, ...elsewhere].map((row) => row.region);
}
