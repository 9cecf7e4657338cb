/** How keys with all that belongs to them are written, inside a transaction of the change feed. */

import type { Knex } from 'knex';
import { type Change, EVERYTHING } from '../../../db/changes.js';
import { AlreadyExists } from '../../../kernel/facts.js';
import { isPresent, type KeyMaterial } from '../../../keystores/contract/material.js';
import {
  doomTokenObject,
  markTokenObjectLive,
} from '../../../keystores/token/token-object-repository.js';
import { insertEvents } from '../events/event-repository.js';
import { insertNews, putRemoteRegions } from '../peers/peer-repository.js';
import type { TagEntry } from '../shapes.js';
import { isPrimary, type Key } from './key.js';
import type { FamilyChange } from './key-change.js';
import { aliasRef, keyRef, rowFromKey, rowFromMaterial } from './key-rows.js';

export class KeyWriter {
  readonly #transaction: Knex.Transaction;
  readonly #changed: (change: Change) => void;
  readonly #wallClock: number;

  constructor(transaction: Knex.Transaction, changed: (change: Change) => void, wallClock: number) {
    this.#transaction = transaction;
    this.#changed = changed;
    this.#wallClock = wallClock;
  }

  /** @param remoteRegions where other servers have related keys */
  async insert(
    key: Key,
    tags: readonly TagEntry[],
    remoteRegions: readonly string[] = [],
  ): Promise<void> {
    await this.#transaction('keys').insert(rowFromKey(key));
    for (const material of key.materials.values()) await this.#insertMaterial(key, material);
    if (tags.length > 0) {
      await this.#transaction('tags').insert(tags.map((tag) => tagRow(key, tag)));
    }
    if (remoteRegions.length > 0) {
      await putRemoteRegions(this.#transaction, key, remoteRegions, this.#wallClock);
    }
    this.touched(key);
  }

  /** @throws AlreadyExists */
  async insertAlias(key: Key, name: string): Promise<void> {
    const { accountId, region } = key;
    const at = key.createdAt.getTime();
    const inserted = await this.#transaction('aliases')
      .insert({
        ...placeOf(key),
        account_id: accountId,
        name,
        created_at: at,
        updated_at: at,
      })
      .onConflict(['account_id', 'region', 'name'])
      .ignore()
      .returning('name');
    if (inserted.length === 0) throw new AlreadyExists(`alias ${name}`);
    this.#changed({ kind: 'alias', ref: aliasRef({ accountId, region }, name) });
  }

  /** @param family the keys as they are stored */
  async apply(family: readonly Key[], change: FamilyChange): Promise<void> {
    const { put, events = [], remoteRegions } = change;
    const [first] = family;
    if (first && remoteRegions) {
      await putRemoteRegions(this.#transaction, first, remoteRegions, this.#wallClock);
      for (const member of family) this.touched(member);
    }
    for (const next of put) {
      const before = family.find(({ region }) => region === next.region);
      if (!before) throw new Error(`key ${next.keyId} is not stored in ${next.region}`);
      await this.#transaction('keys').where(placeOf(next)).update(rowFromKey(next));
      await this.#applyMaterials(before, next);
      this.touched(next);
    }
    const primary = put.find(isPrimary);
    if (primary) await this.#tellPeers(primary, family, remoteRegions);
    await insertEvents(this.#transaction, events, this.#wallClock);
  }

  /** Replicas on other servers must hear of a changed primary key. */
  async #tellPeers(
    primary: Key,
    family: readonly Key[],
    remoteRegions: readonly string[] | undefined,
  ): Promise<void> {
    const here = new Set(family.map(({ region }) => region));
    const remote = remoteRegions ?? primary.family?.replicaRegions ?? [];
    await insertNews(
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
    for (const table of ['aliases', 'tags', 'grants', 'key_last_usage']) {
      await transaction(table).where(where).delete();
    }
    for (const material of key.materials.values()) await this.#removeMaterial(material);
    await transaction('keys').where(where).delete();
    await this.#tellRemoved(key, others);
    // A replica may come again under the same name: no server may remember who could use the old one.
    this.#changed({ kind: 'grant', ref: `${keyRef(key.region, key.keyId)}/${EVERYTHING}` });
    for (const { name } of aliases) {
      this.#changed({ kind: 'alias', ref: aliasRef(key, name) });
    }
    this.touched(key);
  }

  async #tellRemoved(key: Key, others: readonly Key[]): Promise<void> {
    if (!key.family) return;
    const here = new Set([key.region, ...others.map(({ region }) => region)]);
    const { primaryRegion, replicaRegions } = key.family;
    const away = [primaryRegion, ...replicaRegions].filter((region) => !here.has(region));
    if (others.some(isPrimary)) await insertNews(this.#transaction, key, away);
    else if (away.includes(primaryRegion)) {
      await insertNews(this.#transaction, key, [primaryRegion], key.region);
    }
    if (others.length === 0) await putRemoteRegions(this.#transaction, key, [], this.#wallClock);
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
    await this.#transaction('tags').insert(tags.map((tag) => tagRow(key, tag)));
    this.touched(key);
  }

  async deleteTags(key: Key, unwanted: ReadonlySet<string>): Promise<void> {
    const where = placeOf(key);
    const rows = await this.#transaction('tags').where(where).select('tag_key');
    // Only what the key has: a caller may name more than one statement can bind.
    const names = rows.map((row) => row.tag_key).filter((name) => unwanted.has(name));
    await this.#transaction('tags').where(where).whereIn('tag_key', names).delete();
    this.touched(key);
  }

  async #applyMaterials(before: Key, next: Key): Promise<void> {
    for (const [materialId, material] of next.materials) {
      const old = before.materials.get(materialId);
      if (material === old) continue;
      if (!old) await this.#insertMaterial(next, material);
      else await this.#updateMaterial(next, old, material);
    }
    for (const [materialId, old] of before.materials) {
      if (!next.materials.has(materialId)) await this.#removeMaterial(old);
    }
  }

  async #insertMaterial(key: Key, material: KeyMaterial): Promise<void> {
    await this.#transaction('key_materials').insert(rowFromMaterial(key, material));
    if (material.ckaId) await markTokenObjectLive(this.#transaction, material.ckaId);
  }

  async #updateMaterial(key: Key, old: KeyMaterial, material: KeyMaterial): Promise<void> {
    await this.#transaction('key_materials')
      .where({ ...placeOf(key), material_id: material.materialId })
      .update(rowFromMaterial(key, material));
    if (material.ckaId && material.ckaId !== old.ckaId) {
      await markTokenObjectLive(this.#transaction, material.ckaId);
    }
    if (old.ckaId && material.ckaId !== old.ckaId) {
      await doomTokenObject(this.#transaction, old.ckaId);
    }
    if (isPresent(old) && !isPresent(material)) this.#destroyed(old);
  }

  async #removeMaterial(material: KeyMaterial): Promise<void> {
    await this.#transaction('key_materials')
      .where({ ...placeOf(material), material_id: material.materialId })
      .delete();
    if (material.ckaId) await doomTokenObject(this.#transaction, material.ckaId);
    this.#destroyed(material);
  }

  #destroyed(material: KeyMaterial): void {
    this.#changed({ kind: 'material', ref: materialRef(material) });
  }

  /** Says that a key isn't any more what caches have of it. */
  touched(key: Key): void {
    this.#changed({ kind: 'key', ref: keyRef(key.region, key.keyId) });
  }
}

/** How a change names a material. */
function materialRef({ region, keyId, materialId }: KeyMaterial): string {
  return `${region}/${keyId}/${materialId}`;
}

function placeOf({ region, keyId }: Pick<Key, 'region' | 'keyId'>) {
  return { region, key_id: keyId };
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
