/** How a key's materials are written, inside a transaction of the change feed. */

import type { Knex } from 'knex';
import type { Change } from '../../../db/changes.js';
import type { RowSeals } from '../../../db/row-seals.js';
import { isPresent, type KeyMaterial } from '../../../keystores/contract/material.js';
import {
  discardTokenObject,
  insertAdoptedObject,
  markTokenObjectLive,
} from '../../../keystores/token/token-object-repository.js';
import { materialRef } from './change-refs.js';
import type { Key } from './key.js';
import { placeOf, rowFromMaterial } from './key-rows.js';

export class MaterialWriter {
  readonly #transaction: Knex.Transaction;
  readonly #changed: (change: Change) => void;
  readonly #seals: RowSeals;

  constructor(transaction: Knex.Transaction, changed: (change: Change) => void, seals: RowSeals) {
    this.#transaction = transaction;
    this.#changed = changed;
    this.#seals = seals;
  }

  /** Stores what `next` has beside or instead of what is stored. */
  async apply(before: Key, next: Key): Promise<void> {
    for (const [materialId, material] of next.materials) {
      const old = before.materials.get(materialId);
      if (material === old) continue;
      if (!old) await this.insert(next, material);
      else await this.#update(next, old, material);
    }
    for (const [materialId, old] of before.materials) {
      if (!next.materials.has(materialId)) await this.remove(old);
    }
  }

  /** A token object that holds the material becomes a live one. */
  async insert(key: Key, material: KeyMaterial): Promise<void> {
    await this.#transaction('key_materials').insert(rowFromMaterial(key, material));
    const { ckaId, adoption, createdAt } = material;
    if (!ckaId) return;
    if (!adoption) return markTokenObjectLive(this.#transaction, this.#seals, ckaId);
    const object = { ...key, ckaId, adoption, createdAt };
    await insertAdoptedObject(this.#transaction, this.#seals, object);
  }

  async #update(key: Key, old: KeyMaterial, material: KeyMaterial): Promise<void> {
    await this.#transaction('key_materials')
      .where({ ...placeOf(key), material_id: material.materialId })
      .update(rowFromMaterial(key, material));
    if (material.ckaId && material.ckaId !== old.ckaId) {
      await markTokenObjectLive(this.#transaction, this.#seals, material.ckaId);
    }
    if (old.ckaId && material.ckaId !== old.ckaId) {
      await discardTokenObject(this.#transaction, this.#seals, old.ckaId);
    }
    if (isPresent(old) && !isPresent(material)) this.#destroyed(old);
  }

  /** A token object that held the material is to be destroyed. */
  async remove(material: KeyMaterial): Promise<void> {
    await this.#transaction('key_materials')
      .where({ ...placeOf(material), material_id: material.materialId })
      .delete();
    // Imported material that comes again is the same one, with what it has encrypted: see #update.
    await this.#transaction('key_invocations').where({ name: material.materialId }).delete();
    if (material.ckaId) await discardTokenObject(this.#transaction, this.#seals, material.ckaId);
    this.#destroyed(material);
  }

  #destroyed(material: KeyMaterial): void {
    this.#changed({ kind: 'material', ref: materialRef(material) });
  }
}
