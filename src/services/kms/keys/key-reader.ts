/** How keys with all that belongs to them are read, inside a transaction or without one. */

import type { Knex } from 'knex';
import type { Database } from '../../../db/database.js';
import { NotFound } from '../../../kernel/facts.js';
import type { Key } from './key.js';
import type { KeyName } from './key-change.js';
import { isMultiRegionKeyId } from './key-id.js';
import { type KeyRow, keyFromRows, type MaterialRow } from './key-rows.js';

type Executor = Database | Knex.Transaction;

export class KeyReader {
  readonly #partition: string;

  constructor(partition: string) {
    this.#partition = partition;
  }

  /** Nobody else changes the key or what belongs to it until the transaction ends. */
  async lock(transaction: Knex.Transaction, region: string, keyId: string): Promise<void> {
    await transaction('keys').where({ region, key_id: keyId }).forUpdate().first('key_id');
  }

  /** As `findRelated`. @throws NotFound when the named key is gone */
  async related(transaction: Knex.Transaction, name: KeyName): Promise<[Key, ...Key[]]> {
    const [first, ...others] = await this.findRelated(transaction, name);
    if (!first) throw new NotFound(`key ${name.keyId} vanished while it was being changed`);
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
      const key = await this.find(transaction, place, keyId);
      if (key) related.push(key);
    }
    return related;
  }

  /** The key with all that belongs to it. */
  async find(executor: Executor, region: string, keyId: string): Promise<Key | undefined> {
    const where = { region, key_id: keyId };
    const row: KeyRow | undefined = await executor('keys').where(where).first();
    // Also asked for a key that doesn't exist: how long an answer takes mustn't tell whether it does.
    const materials: MaterialRow[] = await executor('key_materials').where(where);
    const tags = await executor('tags').where(where).select('tag_key', 'tag_value');
    const aliases = await executor('aliases').where(where).orderBy('name').select('name');
    const regions = isMultiRegionKeyId(keyId)
      ? await regionsOf(executor, row?.account_id ?? '', keyId)
      : [];
    if (!row) return undefined;
    const store = row.custom_key_store_id
      ? await executor('custom_key_stores')
          .where({ custom_key_store_id: row.custom_key_store_id })
          .first('cloud_hsm_cluster_id')
      : undefined;
    return keyFromRows(
      this.#partition,
      { ...row, ...store },
      {
        materials,
        tags: new Map(tags.map((tag) => [tag.tag_key, tag.tag_value])),
        aliases: aliases.map((alias) => alias.name),
        regions,
      },
    );
  }
}

/** The Regions of a multi-Region key's related keys, here and on other servers. */
async function regionsOf(executor: Executor, accountId: string, keyId: string): Promise<string[]> {
  const where = { account_id: accountId, key_id: keyId };
  const here = await executor('keys').where(where).select('region');
  const elsewhere = await executor('remote_keys').where(where).select('region');
  return [...here, ...elsewhere].map((row) => row.region);
}
