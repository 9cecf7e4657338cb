/**
 * What imported material becomes of a key, and what its deletion or expiry leaves. Source: AWS KMS
 * Developer Guide, "Importing key material"; shared reference, lifecycle.md §3.3–§3.5, recorded-kms.md.
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
 * @throws ServiceError IncorrectKeyMaterialException, KMSInvalidStateException
 */
export function withImported(
  related: readonly [Key, ...Key[]],
  imported: KeyMaterial,
  order: ImportOrder,
): Key[] {
  const [key, ...others] = related;
  const known = key.materials.get(imported.materialId);
  const expected = order.materialId ?? key.currentMaterialId;
  if (order.materialId !== undefined && order.materialId !== imported.materialId) {
    throw refuse.unexpectedMaterial(order.materialId);
  }
  if (isNew(key, order)) {
    if (known) throw refuse.knownMaterial(imported.materialId, key.arn);
    return withNew(related, imported, order);
  }
  if (!known) throw refuse.unexpectedMaterial(expected ?? 'none');
  const description = order.description ?? known.description;
  const restored = {
    ...known,
    sealed: imported.sealed,
    ckaId: imported.ckaId,
    publicKey: imported.publicKey,
    check: imported.check,
    expiration: order.expiration,
    description,
  };
  return withPendingStatus(
    [
      usable(withMaterial(key, restored)),
      ...others.map((other) => withDescription(other, restored)),
    ],
    related,
  );
}

/** What gets back its material works, as AWS has it: also a key that was disabled. */
function usable(key: Key): Key {
  return { ...key, enabled: true };
}

/** Descriptions are the family's: a related key shows the primary's. */
function withDescription(key: Key, { materialId, description }: KeyMaterial): Key {
  const own = key.materials.get(materialId);
  return own && own.description !== description ? withMaterial(key, { ...own, description }) : key;
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
    isFirst ? usable(place(key, material)) : place(key, material),
    ...others.map((other) => place(other, awaitedMaterial(material, other.region))),
  ];
}

/** A related key knows which material it is to get and how that is described, and has none of it yet. */
export function awaitedMaterial(material: KeyMaterial, region: string): KeyMaterial {
  return {
    ...material,
    region,
    sealed: undefined,
    ckaId: undefined,
    expiration: undefined,
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
  const emptied = { ...emptiedMaterial(material), expiration: undefined };
  if (material.status === 'permanent') return [withMaterial(key, emptied)];
  if (isReplica(key)) return withPendingStatus([withMaterial(key, emptied), ...others], related);
  return related.map((member) => {
    const materials = new Map(member.materials);
    materials.delete(material.materialId);
    return { ...member, materials };
  });
}

/** Material whose secret is gone. Of what has expired the date stays. */
export function emptiedMaterial(material: KeyMaterial): KeyMaterial {
  return { ...material, sealed: undefined, ckaId: undefined };
}

/** Whether imported material's time is over. */
export function isExpired({ expiration }: KeyMaterial, now: number): boolean {
  const validTo = expiration?.validTo;
  return validTo !== undefined && validTo.getTime() <= now;
}

/**
 * The material of a key whose time is over. What is pending rotation doesn't expire: it waits until it
 * becomes the current one (recorded-kms.md, "Expiry").
 */
export function expiredMaterial(key: Pick<Key, 'materials'>, now: number): KeyMaterial | undefined {
  return [...key.materials.values()].find(
    (material) =>
      material.status === 'permanent' && isPresent(material) && isExpired(material, now),
  );
}

/** A key without the secret of material that has expired. */
export function withExpired(key: Key, material: KeyMaterial): Key {
  return withMaterial(key, emptiedMaterial(material));
}

function withMaterial(key: Key, material: KeyMaterial): Key {
  return { ...key, materials: new Map([...key.materials, [material.materialId, material]]) };
}

function changedOnly(after: readonly Key[], before: readonly Key[]): Key[] {
  return after.filter((key, index) => key !== before[index]);
}
