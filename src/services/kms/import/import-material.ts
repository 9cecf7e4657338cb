/**
 * What imported material becomes of a key, and what its deletion or expiry leaves. Source: AWS KMS
 * Developer Guide, "Importing key material"; shared reference, lifecycle.md §3.3–§3.5.
 */

import {
  type Expiration,
  isPresent,
  type KeyMaterial,
} from '../../../keystores/contract/material.js';
import { isReplica, type Key } from '../keys/key.js';
import { refuse } from '../refusals.js';
import { nextOrdinal } from '../rotation/rotation-rules.js';

export interface ImportOrder {
  readonly type: 'NEW_KEY_MATERIAL' | 'EXISTING_KEY_MATERIAL' | undefined;
  /** The id that the caller expects an existing material to have. */
  readonly materialId: string | undefined;
  readonly description: string | undefined;
  readonly expiration: Expiration;
}

/**
 * The related keys after an import into the first of them.
 * @throws ServiceError IncorrectKeyMaterialException, KMSInvalidStateException,
 * UnsupportedOperationException
 */
export function withImported(
  related: readonly [Key, ...Key[]],
  imported: KeyMaterial,
  order: ImportOrder,
): Key[] {
  const [key] = related;
  const known = key.materials.get(imported.materialId);
  if (isNew(key, order)) {
    if (known) {
      throw refuse.incorrectKeyMaterial('The key material is already associated with the KMS key.');
    }
    if (isReplica(key)) throw refuse.notPrimary(key.arn);
    return withNew(related, imported, order);
  }
  if (!known || (order.materialId !== undefined && order.materialId !== known.materialId)) {
    throw refuse.incorrectKeyMaterial(
      'The key material is not the key material that is associated with the KMS key.',
    );
  }
  const restored = {
    ...known,
    sealed: imported.sealed,
    ckaId: imported.ckaId,
    publicKey: imported.publicKey,
    check: imported.check,
    expiration: order.expiration,
    description: order.description ?? known.description,
  };
  return withPendingStatus([withMaterial(key, restored), ...related.slice(1)], related);
}

/** Only a symmetric key may get material that it never had, once it has some. */
function isNew(key: Key, order: ImportOrder): boolean {
  if (key.keySpec !== 'SYMMETRIC_DEFAULT') return key.materials.size === 0;
  if (order.type !== undefined) return order.type === 'NEW_KEY_MATERIAL';
  return key.materials.size === 0;
}

function withNew(
  related: readonly [Key, ...Key[]],
  imported: KeyMaterial,
  { expiration, description }: ImportOrder,
): Key[] {
  const [key, ...others] = related;
  const material = { ...imported, ordinal: nextOrdinal(key), expiration, description };
  const isFirst = key.currentMaterialId === undefined;
  const pending = [...key.materials.values()].find(({ status }) => status !== 'permanent');
  if (pending) {
    throw refuse.otherPendingMaterial(imported.materialId, key.arn, pending.materialId);
  }
  const status = isFirst
    ? 'permanent'
    : (key.multiRegion?.replicaRegions.length ?? 0) > 0
      ? 'pending-multi-region'
      : 'pending-rotation';
  const place = (member: Key, own: KeyMaterial): Key => ({
    ...withMaterial(member, { ...own, status }),
    ...(isFirst && { currentMaterialId: own.materialId }),
  });
  return [
    place(key, material),
    ...others.map((other) => place(other, awaitedMaterial(material, other.region))),
  ];
}

/** A related key knows which material it is to get, and has none of it yet. */
export function awaitedMaterial(material: KeyMaterial, region: string): KeyMaterial {
  return {
    ...material,
    region,
    sealed: undefined,
    ckaId: undefined,
    expiration: undefined,
    description: undefined,
  };
}

/** Pending material may rotate as soon as every related key has it, and not before. */
function withPendingStatus(after: readonly Key[], before: readonly Key[]): Key[] {
  const [first] = after;
  const pending = [...(first?.materials.values() ?? [])].find(
    ({ status }) => status !== 'permanent',
  );
  if (!pending || !first?.multiRegion) return changedOnly(after, before);
  const everywhere =
    after.length === first.multiRegion.replicaRegions.length + 1 &&
    after.every((member) => {
      const own = member.materials.get(pending.materialId);
      return own !== undefined && isPresent(own);
    });
  const status = everywhere ? 'pending-rotation' : 'pending-multi-region';
  return after.map((member) => {
    const own = member.materials.get(pending.materialId);
    return own && own.status !== status ? withMaterial(member, { ...own, status }) : member;
  });
}

/**
 * The related keys without one material's secret. What ciphertexts may need keeps its row, so that
 * only the very same can be imported again; what was pending is forgotten.
 */
export function withoutMaterial(related: readonly [Key, ...Key[]], material: KeyMaterial): Key[] {
  const [key, ...others] = related;
  const emptied = { ...material, sealed: undefined, ckaId: undefined, expiration: undefined };
  if (material.status === 'permanent') return [withMaterial(key, emptied)];
  if (isReplica(key)) return withPendingStatus([withMaterial(key, emptied), ...others], related);
  return related.map((member) => {
    const materials = new Map(member.materials);
    materials.delete(material.materialId);
    return { ...member, materials };
  });
}

function withMaterial(key: Key, material: KeyMaterial): Key {
  return { ...key, materials: new Map([...key.materials, [material.materialId, material]]) };
}

function changedOnly(after: readonly Key[], before: readonly Key[]): Key[] {
  return after.filter((key, index) => key !== before[index]);
}
