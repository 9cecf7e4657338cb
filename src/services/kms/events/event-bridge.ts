/**
 * Events in EventBridge's envelope. Source: AWS KMS Developer Guide, "Monitor KMS keys with Amazon
 * EventBridge"; shared reference, audit.md §8.
 */
import { isoSeconds } from '../../../kernel/time.js';
import type { KeyEvent, KeyEventName } from './key-event.js';

export interface EventBridgeEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: 'aws.kms';
  readonly account: string;
  /** UTC, to the second, with `Z`. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What EventBridge calls each event; it has none for the synchronization of multi-Region keys. */
const DETAIL_TYPES: Readonly<Partial<Record<KeyEventName, string>>> = {
  RotateKey: 'KMS CMK Rotation',
  DeleteKey: 'KMS CMK Deletion',
  DeleteExpiredKeyMaterial: 'KMS Imported Key Material Expiration',
  PendingKeyUse: 'AWS API Call via CloudTrail',
};

/** The event as EventBridge would deliver it; undefined for what EventBridge doesn't know. */
export function eventBridgeEvent(event: KeyEvent): EventBridgeEvent | undefined {
  const detailType = DETAIL_TYPES[event.name];
  if (detailType === undefined) return undefined;
  return {
    version: '0',
    id: event.eventId,
    'detail-type': detailType,
    source: 'aws.kms',
    account: event.accountId,
    time: isoSeconds(event.happenedAt),
    region: event.region,
    resources: [event.keyArn],
    detail: event.name === 'PendingKeyUse' ? event.details : kebabCase(event.details),
  };
}

function kebabCase(details: KeyEvent['details']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      value,
    ]),
  );
}
