/**
 * Which key may rotate, and when. Source: AWS KMS Developer Guide, "Rotate AWS KMS keys"; shared
 * reference, lifecycle.md §2.
 */

import { DAY_MS } from '../../../kernel/time.js';
import { isAdopted, type RotationType } from '../../../keystores/contract/material.js';
import { isReplica, type Key } from '../keys/key.js';
import { refuse } from '../refusals.js';
import type { StoreLimits } from '../stores/store-limits.js';

export const DEFAULT_ROTATION_PERIOD_DAYS = 365;
export const MAX_ON_DEMAND_ROTATIONS = 25;

/** On demand is refused so long before an automatic rotation. */
const CONFLICT_MS = 20 * 60 * 1000;

/**
 * AWS knows nothing of the rotations of keys in custom key stores.
 * @throws ServiceError UnsupportedOperationException
 */
export function requireOwnStore(key: Key, limits: StoreLimits): void {
  if (key.customKeyStoreId !== undefined && limits === 'aws') {
    throw refuse.origin(key.arn, key.origin);
  }
}

/** The operations about a key's rotation, each with the kind of rotation that it is about. */
const ROTATION_TYPES = {
  EnableKeyRotation: 'AUTOMATIC',
  DisableKeyRotation: 'AUTOMATIC',
  RotateKeyOnDemand: 'ON_DEMAND',
} as const satisfies Record<string, RotationType>;

/**
 * Whether a key may rotate at all, on demand or by a schedule.
 * @throws ServiceError UnsupportedOperationException
 */
export function requireRotatable(
  key: Key,
  operation: keyof typeof ROTATION_TYPES,
  limits: StoreLimits,
): void {
  requireOwnStore(key, limits);
  if (key.keySpec !== 'SYMMETRIC_DEFAULT') throw refuse.unrotatable();
  if ([...key.materials.values()].some(isAdopted)) {
    throw refuse.unsupported('A key that was adopted cannot be rotated.');
  }
  if (key.origin === 'EXTERNAL' && ROTATION_TYPES[operation] === 'AUTOMATIC') {
    throw refuse.origin(key.arn, key.origin);
  }
  if (isReplica(key)) throw refuse.replica(key.arn, operation);
}

/**
 * The rotation setting that EnableKeyRotation leaves behind.
 * @param wanted undefined: the period that it has, or else the default
 */
export function rotationSetting(
  key: Pick<Key, 'rotationPeriodInDays' | 'nextRotationDate'>,
  wanted: number | undefined,
  now: number,
): Pick<Key, 'rotationPeriodInDays' | 'nextRotationDate'> {
  const periodInDays = wanted ?? key.rotationPeriodInDays ?? DEFAULT_ROTATION_PERIOD_DAYS;
  // Enabling what is enabled must not put a rotation off.
  if (key.rotationPeriodInDays === periodInDays && key.nextRotationDate) {
    return { rotationPeriodInDays: periodInDays, nextRotationDate: key.nextRotationDate };
  }
  return {
    rotationPeriodInDays: periodInDays,
    nextRotationDate: new Date(now + periodInDays * DAY_MS),
  };
}

/** Whether a scheduled rotation should have happened. */
export function isRotationDue(key: Key, now: number): boolean {
  return key.nextRotationDate !== undefined && key.nextRotationDate.getTime() <= now;
}

/**
 * What RotateKeyOnDemand may not do now.
 * @throws ServiceError LimitExceededException, ConflictException
 */
export function checkOnDemand(key: Key, now: number): void {
  if (key.onDemandRotations >= MAX_ON_DEMAND_ROTATIONS) throw refuse.onDemandRotations(key.arn);
  if (key.nextRotationDate && key.nextRotationDate.getTime() - now <= CONFLICT_MS) {
    throw refuse.rotationAtHand(key.arn);
  }
}

/** The place of a material that is yet to come. */
export function nextOrdinal(key: Key): number {
  return Math.max(-1, ...[...key.materials.values()].map(({ ordinal }) => ordinal)) + 1;
}
