/**
 * Rotation: a new material becomes the current one, all that were before go on decrypting.
 * Source: AWS KMS Developer Guide, "Rotate AWS KMS keys"; shared reference, lifecycle.md §2.
 */

import { type CalendarClock, DAY_MS, type Deadline } from '../../../kernel/time.js';
import type { KeyMaterial, RotationType } from '../../../keystores/contract/material.js';
import type { Log } from '../../../observe/log.js';
import { type EventPorts, expiryEvent, type KeyEvent, keyEvent } from '../events/key-event.js';
import { expiredMaterial, withExpired } from '../import/import-material.js';
import { isPrimary, isReplica, type Key, materialsInOrder } from '../keys/key.js';
import type { KeyRepository } from '../keys/key-repository.js';
import { checkState } from '../keys/states.js';
import type { Peers } from '../peers/peers.js';
import { refuse } from '../refusals.js';
import type { KeyStores } from '../stores/key-stores.js';
import { isRotationDue, nextOrdinal } from './rotation-rules.js';

export interface RotationOrder {
  readonly type: RotationType;
  /** Refuses, by throwing, on the key as it is when the rotation is stored. */
  readonly check: (fresh: Key) => void;
  readonly deadline: Deadline;
}

export interface RotationPorts {
  readonly keys: KeyRepository;
  readonly keyStores: KeyStores;
  /** Servers of other Regions. */
  readonly peers: Pick<Peers, 'distribute'>;
  readonly calendar: CalendarClock;
  /** A random UUID, lower case. */
  readonly newId: () => string;
}

/**
 * Rotates a key, with its related keys. The new material exists before the transaction that makes it
 * current, and is given back when that fails: a crash leaves the key as it was or rotated.
 * @throws ServiceError ConflictException when another rotation came first, and what `check` refuses.
 */
export async function rotateKey(
  key: Key,
  { type, check, deadline }: RotationOrder,
  ports: RotationPorts,
): Promise<void> {
  check(key);
  if (key.origin === 'EXTERNAL') {
    await promotePending(key, check, ports);
    return;
  }
  const { keys, keyStores, calendar } = ports;
  const maker = keyStores.materialsOf(key);
  const material = await maker.make(key, key, deadline);
  try {
    const copies = new Map([[key.region, material]]);
    for (const region of await relatedHere(key, ports)) {
      copies.set(region, await keyStores.softwareMaterials.transfer(material, region, deadline));
    }
    // It must be everywhere before anything is encrypted under it.
    const coming = { ...material, ordinal: nextOrdinal(key) };
    await ports.peers.distribute(key, coming, deadline);
    await keys.changeRelated(key, (related) => {
      const [fresh] = related;
      check(fresh);
      if (fresh.currentMaterialId !== key.currentMaterialId)
        throw refuse.changedMeanwhile(fresh.arn);
      const rotation = { date: new Date(calendar()), type };
      const put = related.map((member) => {
        const copy = copies.get(member.region);
        // A replica that came while the material was made: whoever asked may ask again.
        if (!copy) throw refuse.changedMeanwhile(fresh.arn);
        return rotated(member, { ...copy, ordinal: nextOrdinal(member), rotation });
      });
      return { put, events: rotationEvents(fresh, put, ports) };
    });
  } catch (error) {
    await maker.abandon(material);
    throw error;
  }
}

/**
 * Rotates a key whose schedule asks for it; nothing happens to another. A failure is logged and not
 * thrown: the key works with the material that it has.
 * @returns whether the key needs no rotation any more
 */
export async function rotateIfDue(
  key: Key,
  deadline: Deadline,
  ports: RotationPorts & { readonly log: Log },
): Promise<boolean> {
  const { keyStores, calendar, log } = ports;
  if (!isRotationDue(key, calendar()) || isReplica(key)) return true;
  // Its token is away, of which the log tells already.
  if (keyStores.stateOf(key) !== 'Enabled') return false;
  try {
    const check = (fresh: Key) => {
      if (!isRotationDue(fresh, calendar())) throw refuse.changedMeanwhile(fresh.arn);
      checkState('rotation', keyStores.stateOf(fresh), fresh.arn);
    };
    await rotateKey(key, { type: 'AUTOMATIC', check, deadline }, ports);
    return true;
  } catch (error) {
    log.warn(
      { err: error, key: key.arn },
      'a due rotation was not possible; it will be tried again',
    );
    return false;
  }
}

/**
 * Imported material that waits becomes current, in every Region at once. Where its time ended while it
 * waited, it ends now, and the key awaits it again.
 */
async function promotePending(
  key: Key,
  check: (fresh: Key) => void,
  ports: RotationPorts,
): Promise<void> {
  const { keys, keyStores, calendar } = ports;
  await keys.changeRelated(key, (related) => {
    const [fresh] = related;
    check(fresh);
    const pending = materialsInOrder(fresh).find(({ status }) => status !== 'permanent');
    if (!pending) throw refuse.noPendingMaterial(fresh.arn);
    if (pending.status === 'pending-multi-region') throw refuse.replicaLacksMaterial();
    const rotation = { date: new Date(calendar()), type: 'ON_DEMAND' as const };
    const ended: KeyEvent[] = [];
    const put = related.map((member) => {
      const material = member.materials.get(pending.materialId);
      if (!material) throw refuse.noPendingMaterial(fresh.arn);
      const key = rotated(member, { ...material, status: 'permanent', rotation });
      const expired = expiredMaterial(key, calendar());
      if (expired?.materialId !== pending.materialId) return key;
      ended.push(expiryEvent(key, expired, ports));
      return withExpired(key, expired);
    });
    return { put, events: [...rotationEvents(fresh, put, ports), ...ended] };
  });
  await keyStores.destroyLeftovers(key);
}

function rotated(key: Key, material: KeyMaterial): Key {
  const { rotation } = material;
  const automatic = rotation?.type === 'AUTOMATIC';
  return {
    ...key,
    currentMaterialId: material.materialId,
    materials: new Map([...key.materials, [material.materialId, material]]),
    onDemandRotations: key.onDemandRotations + (automatic ? 0 : 1),
    ...(automatic &&
      key.rotationPeriodInDays !== undefined && {
        nextRotationDate: new Date(rotation.date.getTime() + key.rotationPeriodInDays * DAY_MS),
      }),
  };
}

function rotationEvents(before: Key, after: readonly Key[], ports: EventPorts): KeyEvent[] {
  return after.map((key) => {
    const { keyId } = key;
    if (key.region !== before.region) {
      return keyEvent('SynchronizeMultiRegionKey', key, { keyId }, ports);
    }
    const details = {
      keyId,
      rotationType: key.materials.get(key.currentMaterialId ?? '')?.rotation?.type,
      keyOrigin: key.origin,
      previousKeyMaterialId: before.currentMaterialId,
      currentKeyMaterialId: key.currentMaterialId,
    };
    return keyEvent('RotateKey', key, details, ports);
  });
}

/** The Regions of this server in which the key has replicas. */
async function relatedHere(key: Key, { keys }: RotationPorts): Promise<string[]> {
  if (!isPrimary(key) || !key.multiRegion) return [];
  const here: string[] = [];
  for (const region of key.multiRegion.replicaRegions) {
    if (await keys.find(region, key.keyId)) here.push(region);
  }
  return here;
}
