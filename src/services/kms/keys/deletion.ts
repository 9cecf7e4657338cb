/** The end of a key. Source: AWS KMS Developer Guide, "Deleting AWS KMS keys"; lifecycle.md §1, §4. */
import { DAY_MS } from '../../../kernel/time.js';
import type { KeyEvent } from '../events/key-event.js';
import { isPrimary, type Key } from './key.js';
import type { KeyChange, RelatedChange } from './key-change.js';

/** What ScheduleKeyDeletion leaves: a primary key outlives its replicas, so it has no date yet. */
export function scheduledDeletion(key: Key, days: number, now: number): KeyChange {
  if (isPrimary(key) && (key.multiRegion?.replicaRegions.length ?? 0) > 0) {
    return { status: 'pending-replica-deletion', pendingWindowInDays: days };
  }
  return {
    status: 'pending-deletion',
    pendingWindowInDays: days,
    deletionDate: new Date(now + days * DAY_MS),
  };
}

/** Whether a key's waiting period is over. */
export function isDeletionDue(key: Key, now: number): boolean {
  return (
    key.status === 'pending-deletion' &&
    key.deletionDate !== undefined &&
    key.deletionDate.getTime() <= now
  );
}

/**
 * What a replica's removal on another server leaves. @param ownRegions of this server
 */
export function afterReplicaRemoval(
  related: readonly [Key, ...Key[]],
  removedRegion: string,
  ownRegions: readonly string[],
  now: number,
): RelatedChange {
  const primary = related.find(isPrimary);
  const remaining =
    primary?.multiRegion?.replicaRegions.filter((region) => region !== removedRegion) ?? [];
  const remoteRegions = remaining.filter((region) => !ownRegions.includes(region));
  if (!primary || remaining.length > 0 || primary.status !== 'pending-replica-deletion') {
    return { put: [], remoteRegions };
  }
  return { put: [withoutReplicas(primary, now)], remoteRegions };
}

/**
 * What goes with a key's removal: its event, and the waiting period of a primary key that has lost
 * its last replica by it.
 */
export function removal(
  [key, ...others]: readonly [Key, ...Key[]],
  event: KeyEvent,
  now: number,
): RelatedChange {
  const remaining = key.multiRegion?.replicaRegions.filter((region) => region !== key.region) ?? [];
  const primary = others.find(isPrimary);
  const isLast = remaining.length === 0 && primary?.status === 'pending-replica-deletion';
  if (!primary || !isLast) return { put: [], events: [event] };
  return { put: [withoutReplicas(primary, now)], events: [event] };
}

/** A primary key that waited for its replicas begins its own waiting period. */
function withoutReplicas(primary: Key, now: number): Key {
  const deletionDate = new Date(now + (primary.pendingWindowInDays ?? 0) * DAY_MS);
  return { ...primary, status: 'pending-deletion', deletionDate };
}
