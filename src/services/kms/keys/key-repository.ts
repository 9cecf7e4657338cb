/** Keys with their materials and tags: one aggregate, one transaction, a bounded cache in front. */
import type { Knex } from 'knex';
import type { ChangeFeed } from '../../../db/changes.js';
import type { Database } from '../../../db/database.js';
import { ReadThroughCache } from '../../../db/read-through-cache.js';
import type { RowSeals } from '../../../db/row-seals.js';
import type { TagEntry } from '../shapes.js';
import { keyRef } from './change-refs.js';
import { isPrimary, type Key } from './key.js';
import type { Decide, KeyChange, KeyName, RelatedChange } from './key-change.js';
import { KeyReader } from './key-reader.js';
import type { KeyRow } from './key-rows.js';
import { KeyWriter } from './key-writer.js';
import type { Quotas } from './quotas.js';

export interface KeyRepositoryOptions {
  readonly database: Database;
  readonly changes: ChangeFeed;
  readonly seals: RowSeals;
  readonly partition: string;
  readonly maxCachedKeys: number;
  readonly quotas: Pick<Quotas, 'keysPerRegion'>;
}

export class KeyRepository {
  readonly #database: Database;
  readonly #changes: ChangeFeed;
  readonly #seals: RowSeals;
  readonly #reader: KeyReader;
  readonly #quotas: Pick<Quotas, 'keysPerRegion'>;
  readonly #keys: ReadThroughCache<Key>;

  constructor(options: KeyRepositoryOptions) {
    const { database, changes, seals, partition, maxCachedKeys, quotas } = options;
    this.#quotas = quotas;
    this.#database = database;
    this.#changes = changes;
    this.#seals = seals;
    this.#reader = new KeyReader(partition, seals);
    this.#keys = new ReadThroughCache(maxCachedKeys, changes.lease);
    changes.on('key', 'keys', (ref) => this.#keys.forget(ref));
  }

  /** The key of this Region, whoever owns it. A warm key is answered without a promise. */
  find(region: string, keyId: string): Key | Promise<Key | undefined> {
    const ref = keyRef(region, keyId);
    return this.#keys.get(ref, () => this.#reader.find(this.#database, region, keyId));
  }

  /** The same, if it is warm. */
  warm(region: string, keyId: string): Key | undefined {
    return this.#keys.kept(keyRef(region, keyId));
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

  /**
   * Stores a new key; an object that was made for it in a token becomes a live one with it.
   * @param remoteRegions where other servers have related keys
   * @throws QuotaExceeded, CustomKeyStoreNotFound
   */
  async insert(
    key: Key,
    tags: readonly TagEntry[],
    remoteRegions: readonly string[] = [],
  ): Promise<void> {
    await this.#commit(async (_transaction, writer) => {
      await writer.requireRoom(key, this.#quotas);
      await writer.insert(key, tags, remoteRegions);
    });
  }

  /**
   * Stores a new key together with an alias.
   * @throws AlreadyExists when the alias is taken: then nothing is stored
   */
  async insertWithAlias(key: Key, aliasName: string): Promise<void> {
    await this.#commit(async (_transaction, writer) => {
      await writer.insert(key, []);
      await writer.insertAlias(key, aliasName);
    });
  }

  /**
   * Changes a key. `decide` sees the row as it is in the transaction and may refuse by throwing, so
   * that two callers can't both pass a check that only one may.
   * @throws KeyGone
   */
  async change(key: KeyName, decide: (fresh: Key) => KeyChange): Promise<Key> {
    const [changed] = await this.changeRelated(key, ([fresh]) => ({
      put: [{ ...fresh, ...decide(fresh) }],
    }));
    if (!changed) throw new Error('a changed key is answered');
    return changed;
  }

  /**
   * Changes a key and those that are related to it on this server, with their materials, and tells
   * what happened, all in one transaction. `decide` gets the named key first and may refuse by
   * throwing. What it puts is compared with what is stored: materials that are new are inserted
   * (their token objects become live), those that are gone are removed (their token objects are to be destroyed).
   * @returns what was put
   */
  async changeRelated(
    name: KeyName,
    decide: (related: readonly [Key, ...Key[]]) => RelatedChange,
  ): Promise<readonly Key[]> {
    return this.#commit(async (transaction, writer) => {
      const related = await this.#reader.related(transaction, name);
      const change = decide(related);
      await writer.apply(related, change);
      return change.put;
    });
  }

  /**
   * Stores a new key that is related to a stored one. `decide` makes it from the related keys as they
   * are in the transaction, the named one first, and may refuse by throwing.
   */
  async addRelated(
    name: KeyName,
    tags: readonly TagEntry[],
    decide: (related: readonly [Key, ...Key[]]) => Key,
  ): Promise<Key> {
    return this.#commit(async (transaction, writer) => {
      const related = await this.#reader.related(transaction, name);
      const key = decide(related);
      await writer.requireRoom(key, this.#quotas);
      await writer.insert(key, tags);
      // Unchanged, but other servers get a notice of the new one.
      await writer.apply(related, { put: related.filter(isPrimary) });
      for (const member of related) writer.touched(member);
      return key;
    });
  }

  /**
   * Removes a key and everything that belongs to it; what lies in tokens is to be destroyed. What `decide`
   * puts is stored with it. Nothing happens when it answers undefined or the key is gone already.
   * @returns the key that was removed
   */
  async remove(
    name: KeyName,
    decide: (related: readonly [Key, ...Key[]]) => RelatedChange | undefined,
  ): Promise<Key | undefined> {
    return this.#commit(async (transaction, writer) => {
      const [fresh, ...others] = await this.#reader.findRelated(transaction, name);
      if (!fresh) return undefined;
      const change = decide([fresh, ...others]);
      if (!change) return undefined;
      await writer.remove(fresh, others);
      await writer.apply(others, change);
      for (const member of others) writer.touched(member);
      return fresh;
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

  /**
   * Replaces the values of these tags; `check` sees how many tags the key would then have.
   * @param decide sees the key as it is in the transaction and may refuse by throwing
   * @throws KeyGone
   */
  async putTags(
    key: Key,
    tags: readonly TagEntry[],
    check: (total: number) => void,
    decide?: Decide,
  ): Promise<void> {
    if (tags.length === 0) return;
    await this.#commit(async (transaction, writer) => {
      const fresh = await this.#reader.held(transaction, key, decide);
      await writer.putTags(fresh, tags, check);
    });
  }

  /** @param decide as of `putTags`. @throws KeyGone */
  async deleteTags(key: Key, tagKeys: readonly string[], decide?: Decide): Promise<void> {
    await this.#commit(async (transaction, writer) => {
      const fresh = await this.#reader.held(transaction, key, decide);
      await writer.deleteTags(fresh, new Set(tagKeys));
    });
  }

  /** One transaction of the change feed, at whose end the keys that were written are sealed. */
  #commit<T>(work: (transaction: Knex.Transaction, writer: KeyWriter) => Promise<T>): Promise<T> {
    return this.#changes.commit(async (transaction, changed) => {
      const options = { seals: this.#seals, at: this.#changes.now() };
      const writer = new KeyWriter(transaction, changed, options);
      const result = await work(transaction, writer);
      await writer.seal();
      return result;
    });
  }
}
