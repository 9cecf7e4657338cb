/** Keys with their materials and tags: one aggregate, one transaction, a bounded cache in front. */
import type { Knex } from 'knex';
import type { TagEntry } from '../api/shapes.js';
import type { Key } from '../keys/key.js';
import type { ChangeFeed } from './changes.js';
import type { Database } from './database.js';
import {
  type KeyRow,
  keyFromRows,
  keyRef,
  type MaterialRow,
  rowFromKey,
  rowFromMaterial,
} from './key-rows.js';
import { ReadThroughCache } from './read-through-cache.js';
import { markTokenObjectLive } from './token-object-repository.js';

/** The part of a key that an operation may change. */
export type KeyChange = Partial<
  Pick<Key, 'description' | 'enabled' | 'status' | 'deletionDate' | 'policy' | 'policyPrincipals'>
>;

export interface KeyRepositoryOptions {
  readonly database: Database;
  readonly changes: ChangeFeed;
  readonly partition: string;
  readonly maxCachedKeys: number;
}

export class KeyRepository {
  readonly #database: Database;
  readonly #changes: ChangeFeed;
  readonly #partition: string;
  readonly #keys: ReadThroughCache<Key>;

  constructor({ database, changes, partition, maxCachedKeys }: KeyRepositoryOptions) {
    this.#database = database;
    this.#changes = changes;
    this.#partition = partition;
    this.#keys = new ReadThroughCache(maxCachedKeys);
    changes.on('key', (ref) => this.#keys.forget(ref));
  }

  /** The key of this Region, whoever owns it. A warm key is answered without a promise. */
  find(
    region: string,
    keyId: string,
    trustAbsence = false,
  ): Key | undefined | Promise<Key | undefined> {
    return this.#keys.get(
      keyRef(region, keyId),
      () => this.#read(this.#database, region, keyId, false),
      trustAbsence,
    );
  }

  /** Key ids of one account and Region in ascending order, after `after`. */
  async list(accountId: string, region: string, after: string, limit: number): Promise<string[]> {
    const rows = await this.#database<KeyRow>('keys')
      .where({ account_id: accountId, region })
      .andWhere('key_id', '>', after)
      .orderBy('key_id')
      .limit(limit)
      .select('key_id');
    return rows.map((row) => row.key_id);
  }

  /** Stores a new key; an object that was made for it in a token becomes a live one with it. */
  async insert(key: Key, tags: readonly TagEntry[]): Promise<void> {
    await this.#changes.commit(async (transaction, changed) => {
      await transaction('keys').insert(rowFromKey(key));
      for (const material of key.materials.values()) {
        await transaction('key_materials').insert(rowFromMaterial(key, material));
        if (material.ckaId) await markTokenObjectLive(transaction, material.ckaId);
      }
      if (tags.length > 0) await transaction('tags').insert(tags.map((tag) => tagRow(key, tag)));
      changed({ kind: 'key', ref: keyRef(key.region, key.keyId) });
    });
  }

  /**
   * Changes a key. `decide` sees the row as it is in the transaction and may refuse by throwing, so
   * that two callers can't both pass a check that only one may.
   */
  async change(key: Key, decide: (fresh: Key) => KeyChange): Promise<Key> {
    return this.#changes.commit(async (transaction, changed) => {
      const fresh = await this.#read(transaction, key.region, key.keyId, true);
      if (!fresh) throw new Error(`key ${key.keyId} vanished while it was being changed`);
      const next: Key = { ...fresh, ...decide(fresh) };
      await transaction('keys')
        .where({ region: key.region, key_id: key.keyId })
        .update(rowFromKey(next));
      changed({ kind: 'key', ref: keyRef(key.region, key.keyId) });
      return next;
    });
  }

  async listTags(key: Key, after: string, limit: number): Promise<TagEntry[]> {
    const rows = await this.#database('tags')
      .where({ region: key.region, key_id: key.keyId })
      .andWhere('tag_key', '>', after)
      .orderBy('tag_key')
      .limit(limit)
      .select('tag_key', 'tag_value');
    return rows.map((row) => ({ TagKey: row.tag_key, TagValue: row.tag_value }));
  }

  /** Replaces the values of these tags; `check` sees how many tags the key would then have. */
  async putTags(
    key: Key,
    tags: readonly TagEntry[],
    check: (total: number) => void,
  ): Promise<void> {
    if (tags.length === 0) return;
    const where = { region: key.region, key_id: key.keyId };
    await this.#changes.commit(async (transaction, changed) => {
      await this.#read(transaction, key.region, key.keyId, true);
      const names = tags.map((tag) => tag.TagKey);
      await transaction('tags').where(where).whereIn('tag_key', names).delete();
      const row = await transaction('tags').where(where).count({ total: '*' }).first();
      check(Number(row?.total ?? 0) + tags.length);
      await transaction('tags').insert(tags.map((tag) => tagRow(key, tag)));
      changed({ kind: 'key', ref: keyRef(key.region, key.keyId) });
    });
  }

  async deleteTags(key: Key, tagKeys: readonly string[]): Promise<void> {
    const where = { region: key.region, key_id: key.keyId };
    const unwanted = new Set(tagKeys);
    await this.#changes.commit(async (transaction, changed) => {
      const rows = await transaction('tags').where(where).select('tag_key');
      // Only what the key has: a caller may name more than one statement can bind.
      const names = rows.map((row) => row.tag_key).filter((name) => unwanted.has(name));
      await transaction('tags').where(where).whereIn('tag_key', names).delete();
      changed({ kind: 'key', ref: keyRef(key.region, key.keyId) });
    });
  }

  async #read(
    executor: Database | Knex.Transaction,
    region: string,
    keyId: string,
    lock: boolean,
  ): Promise<Key | undefined> {
    const query = executor('keys').where({ region, key_id: keyId }).first();
    const row: KeyRow | undefined = await (lock ? query.forUpdate() : query);
    // Also asked for a key that doesn't exist: how long an answer takes mustn't tell whether it does.
    const where = { region, key_id: keyId };
    const materials: MaterialRow[] = await executor('key_materials').where(where);
    const tags = await executor('tags').where(where).select('tag_key', 'tag_value');
    const aliases = await executor('aliases').where(where).orderBy('name').select('name');
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
      },
    );
  }
}

function tagRow(key: Key, tag: TagEntry) {
  return {
    region: key.region,
    key_id: key.keyId,
    account_id: key.accountId,
    tag_key: tag.TagKey,
    tag_value: tag.TagValue,
  };
}
