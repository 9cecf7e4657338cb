import type { CalendarClock } from '../../../kernel/time.js';
import type { KeyMaterial } from '../../../keystores/contract/material.js';
import type { Key } from '../keys/key.js';

/**
 * What happens to keys without a call, or as its lasting consequence: written to the outbox in the
 * transaction that makes it true, recorded in the audit trail and delivered afterwards.
 */
export type KeyEventName =
  | 'RotateKey'
  | 'DeleteKey'
  | 'DeleteExpiredKeyMaterial'
  | 'SynchronizeMultiRegionKey'
  /** A call that was refused because the key awaits its deletion. */
  | 'PendingKeyUse';

export interface KeyEvent {
  /** A UUID: the same in the audit trail, in EventBridge's envelope and at every delivery. */
  readonly eventId: string;
  readonly name: KeyEventName;
  readonly accountId: string;
  readonly region: string;
  readonly keyArn: string;
  /** JSON, in the spelling of CloudTrail's serviceEventDetails. */
  readonly details: Readonly<Record<string, unknown>>;
  /** JSON, CloudTrail's additionalEventData. */
  readonly additional?: Readonly<Record<string, unknown>>;
  readonly happenedAt: Date;
  /** Milliseconds for which the event is kept back, because its details are still to be completed. */
  readonly holdMs?: number;
}

/** A stored event with its place in the outbox. */
export interface StoredKeyEvent extends KeyEvent {
  readonly seq: number;
}

export interface EventPorts {
  readonly calendar: CalendarClock;
  /** A random UUID, lower case. */
  readonly newId: () => string;
}

/** What happens to a key at this moment of the calendar. */
export function keyEvent(
  name: KeyEventName,
  { accountId, region, arn }: Pick<Key, 'accountId' | 'region' | 'arn'>,
  details: KeyEvent['details'],
  { calendar, newId }: EventPorts,
): KeyEvent {
  const happenedAt = new Date(calendar());
  return { eventId: newId(), name, accountId, region, keyArn: arn, details, happenedAt };
}

/** The end of a material's time. */
export function expiryEvent(key: Key, { materialId }: KeyMaterial, ports: EventPorts): KeyEvent {
  const details = { keyId: key.keyId, keyMaterialId: materialId };
  return keyEvent('DeleteExpiredKeyMaterial', key, details, ports);
}
