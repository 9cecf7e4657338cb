/** How keys with all that belongs to them are written, inside a transaction of the change feed. */

import type { Knex } from 'knex';
import { type Change, EVERYTHING } from '../../../db/changes.js';
import { holdRow } from '../../../db/owner-row.js';
import type { RowSeals } from '../../../db/row-seals.js';
import { insertAlias } from '../aliases/alias-repository.js';
import { insertEvents } from '../events/event-repository.js';
import { insertNotices, putRemoteRegions } from '../peers/peer-repository.js';
import type { TagEntry } from '../shapes.js';
import { CustomKeyStoreNotFound } from '../stores/custom-key-store-facts.js';
import { aliasRef, grantRef, keyRef } from './change-refs.js';
import { isPrimary, type Key } from './key.js';
import { insertAudience, putAudience } from './key-audience.js';
import type { RelatedChange } from './key-change.js';
import { placeOf, rowFromKey } from './key-rows.js';
import { MaterialWriter } from './material-writer.js';
import { type Quotas, requireQuota } from './quotas.js';

export class KeyWriter {
  readonly #transaction: Knex.Transaction;
  readonly #changed: (change: Change) => void;
  readonly #seals: RowSeals;
  readonly #materials: MaterialWriter;
  /** Real time of the change. */
  readonly #at: number;
  readonly #touched = new Map<string, Key>();

  /** @param at real time, epoch milliseconds */
  constructor(
    transaction: Knex.Transaction,
    changed: (change: Change) => void,
    { seals, at }: { readonly seals: RowSeals; readonly at: number },
  ) {
    this.#transaction = transaction;
    this.#changed = changed;
    this.#seals = seals;
    this.#materials = new MaterialWriter(transaction, changed, seals);
    this.#at = at;
  }

  /** Seals the keys that were written: the last thing in the transaction. */
  async seal(): Promise<void> {
    for (const key of this.#touched.values()) {
      await this.#seals.reseal(this.#transaction, 'keys', placeOf(key));
    }
  }

  /** @throws QuotaExceeded when the account's Region has no room for one more key */
  async requireRoom(key: Key, quotas: Pick<Quotas, 'keysPerRegion'>): Promise<void> {
    if (key.manager !== 'CUSTOMER') return;
    const row = await this.#transaction('keys')
      .where({ account_id: key.accountId, region: key.region, manager: 'CUSTOMER' })
      .count({ total: '*' })
      .first();
    requireQuota('keysPerRegion', Number(row?.total ?? 0) + 1, quotas);
  }

  /**
   * @param remoteRegions where other servers have related keys
   * @throws CustomKeyStoreNotFound
   */
  async insert(
    key: Key,
    tags: readonly TagEntry[],
    remoteRegions: readonly string[] = [],
  ): Promise<void> {
    await this.#holdStore(key);
    await this.#transaction('keys').insert(rowFromKey(key));
    await insertAudience(this.#transaction, key);
    for (const material of key.materials.values()) await this.#materials.insert(key, material);
    if (tags.length > 0) {
      await this.#insertTags(key, tags);
    }
    if (remoteRegions.length > 0) {
      await putRemoteRegions(this.#transaction, key, remoteRegions, this.#at);
    }
    this.touched(key);
  }

  async #holdStore({ customKeyStoreId: id }: Key): Promise<void> {
    if (id === undefined) return;
    const name = { custom_key_store_id: id };
    const isThere = await holdRow(this.#transaction, 'custom_key_stores', name);
    if (!isThere) throw new CustomKeyStoreNotFound(id);
  }

  /** @throws AlreadyExists */
  async insertAlias(key: Key, name: string): Promise<void> {
    const createdAt = key.createdAt.getTime();
    await insertAlias(this.#transaction, this.#seals, { ...key, name, createdAt });
    this.#changed({ kind: 'alias', ref: aliasRef(key, name) });
    this.touched(key);
  }

  /**
   * What this server's primary key puts is counted, so that other servers can tell the newer state.
   * @param related the keys as they are stored
   */
  async apply(related: readonly Key[], change: RelatedChange): Promise<void> {
    const { put, events = [], remoteRegions } = change;
    const [first] = related;
    if (first && remoteRegions) {
      await putRemoteRegions(this.#transaction, first, remoteRegions, this.#at);
      for (const member of related) this.touched(member);
    }
    const primary = put.find(isPrimary);
    const counted = primary && {
      relatedVersion: 1 + Math.max(...related.map(({ relatedVersion }) => relatedVersion)),
    };
    for (const changed of put) {
      const next: Key = { ...changed, ...counted };
      const before = related.find(({ region }) => region === next.region);
      if (!before) throw new Error(`key ${next.keyId} is not stored in ${next.region}`);
      await this.#transaction('keys').where(placeOf(next)).update(rowFromKey(next));
      if (!hasPolicyOf(before, next)) await putAudience(this.#transaction, next);
      await this.#materials.apply(before, next);
      this.touched(next);
    }
    if (primary) await this.#notifyPeers(primary, related, remoteRegions);
    await insertEvents(this.#transaction, events, this.#at);
  }

  /** The servers of replicas get a notice of a changed primary key. */
  async #notifyPeers(
    primary: Key,
    related: readonly Key[],
    remoteRegions: readonly string[] | undefined,
  ): Promise<void> {
    const here = new Set(related.map(({ region }) => region));
    const remote = remoteRegions ?? primary.multiRegion?.replicaRegions ?? [];
    await insertNotices(
      this.#transaction,
      primary,
      remote.filter((region) => !here.has(region)),
    );
  }

  /** Takes a key away with all that belongs to it; its token objects are to be destroyed. */
  async remove(key: Key, others: readonly Key[]): Promise<void> {
    const transaction = this.#transaction;
    const where = placeOf(key);
    const aliases = await transaction('aliases').where(where).select('name');
    for (const table of [
      'aliases',
      'tags',
      'tagged_keys',
      'grants',
      'key_audience',
      'key_last_usage',
    ]) {
      await transaction(table).where(where).delete();
    }
    for (const material of key.materials.values()) await this.#materials.remove(material);
    await transaction('keys').where(where).delete();
    await this.#notifyOfRemoval(key, others);
    // A replica may come again under the same name: no server may remember who could use the old one.
    this.#changed({ kind: 'grant', ref: grantRef(key, EVERYTHING) });
    for (const { name } of aliases) {
      this.#changed({ kind: 'alias', ref: aliasRef(key, name) });
    }
    this.touched(key);
  }

  async #notifyOfRemoval(key: Key, others: readonly Key[]): Promise<void> {
    if (!key.multiRegion) return;
    const here = new Set([key.region, ...others.map(({ region }) => region)]);
    const { primaryRegion, replicaRegions } = key.multiRegion;
    const away = [primaryRegion, ...replicaRegions].filter((region) => !here.has(region));
    if (others.some(isPrimary)) await insertNotices(this.#transaction, key, away);
    else if (away.includes(primaryRegion)) {
      await insertNotices(this.#transaction, key, [primaryRegion], key.region);
    }
    if (others.length === 0) await putRemoteRegions(this.#transaction, key, [], this.#at);
  }

  async putTags(
    key: Key,
    tags: readonly TagEntry[],
    check: (total: number) => void,
  ): Promise<void> {
    const where = placeOf(key);
    const names = tags.map((tag) => tag.TagKey);
    await this.#transaction('tags').where(where).whereIn('tag_key', names).delete();
    const row = await this.#transaction('tags').where(where).count({ total: '*' }).first();
    check(Number(row?.total ?? 0) + tags.length);
    await this.#insertTags(key, tags);
    this.touched(key);
  }

  /** A key that has had a tag stays in the lists of what has tags. */
  async #insertTags(key: Key, tags: readonly TagEntry[]): Promise<void> {
    await this.#transaction('tags').insert(tags.map((tag) => tagRow(key, tag)));
    await this.#transaction('tagged_keys')
      .insert({ ...placeOf(key), account_id: key.accountId })
      .onConflict(['region', 'key_id'])
      .ignore();
  }

  async deleteTags(key: Key, unwanted: ReadonlySet<string>): Promise<void> {
    const where = placeOf(key);
    const rows = await this.#transaction('tags').where(where).select('tag_key');
    // Only what the key has: a caller may name more than one statement can bind.
    const names = rows.map((row) => row.tag_key).filter((name) => unwanted.has(name));
    await this.#transaction('tags').where(where).whereIn('tag_key', names).delete();
    this.touched(key);
  }

  /** Says that a key isn't any more what caches have of it. */
  touched(key: Key): void {
    const ref = keyRef(key.region, key.keyId);
    this.#touched.set(ref, key);
    this.#changed({ kind: 'key', ref });
  }
}

function hasPolicyOf(before: Key, { policy, policyPrincipals }: Key): boolean {
  return (
    before.policy === policy &&
    JSON.stringify(before.policyPrincipals) === JSON.stringify(policyPrincipals)
  );
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
