/** What comes due on keys by itself: expiry of imported material, rotation, deletion. */

import type { WallClock } from '../../../kernel/time.js';
import { isPresent } from '../../../keystores/contract/material.js';
import type { Log } from '../../../observe/log.js';
import type { Job } from '../../../runtime/scheduler.js';
import type { EventRepository } from '../events/event-repository.js';
import type { KeyEvent, KeyEventName } from '../events/key-event.js';
import { withoutMaterial } from '../import/import-material.js';
import { isDeletionDue, removal } from '../keys/deletion.js';
import type { DueKeys } from '../keys/due-keys.js';
import type { Key } from '../keys/key.js';
import type { DueKind, KeyName } from '../keys/key-change.js';
import { type RotationPorts, rotateIfDue } from '../rotation/rotation.js';
import type { Connections } from '../stores/connections.js';

/** Keys in one database read. */
const BATCH = 100;
const ROTATION_TIMEOUT_MS = 60_000;
/** The event of a deletion waits so long for the token's answer. */
const HOLD_MS = 30_000;

export interface KeyLifeOptions extends RotationPorts {
  readonly dueKeys: DueKeys;
  readonly events: EventRepository;
  readonly connections: Connections;
  readonly wallClock: WallClock;
  readonly log: Log;
}

/** The jobs in the order in which they run. */
export function keyLifeJobs(options: KeyLifeOptions): readonly Job[] {
  return [
    { name: 'expiry of imported material', run: () => forEachDue('expiry', options, expire) },
    { name: 'rotation', run: () => forEachDue('rotation', options, rotate) },
    { name: 'deletion', run: () => forEachDue('deletion', options, remove) },
  ];
}

/** When the next of these jobs has something to do, in epoch milliseconds of the calendar. */
export async function nextKeyDate(dueKeys: DueKeys): Promise<number | undefined> {
  const dates = await Promise.all(
    (['expiry', 'rotation', 'deletion'] as const).map((kind) => dueKeys.next(kind)),
  );
  const known = dates.filter((date) => date !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

type Step = (name: KeyName, options: KeyLifeOptions) => Promise<boolean>;

/** Does the step for every due key once. One that fails must not keep the others waiting. */
async function forEachDue(kind: DueKind, options: KeyLifeOptions, step: Step): Promise<void> {
  const { calendar, log } = options;
  let left = 0;
  for (;;) {
    const due = await options.dueKeys.list(kind, calendar(), BATCH, left);
    for (const name of due) {
      try {
        if (!(await step(name, options))) left += 1;
      } catch (error) {
        log.error({ err: error, kind, ...name }, "a step in a key's life failed; will retry");
        left += 1;
      }
    }
    if (due.length < BATCH) return;
  }
}

async function rotate(name: KeyName, options: KeyLifeOptions): Promise<boolean> {
  const key = await options.keys.find(name.region, name.keyId);
  return !key || rotateIfDue(key, options.wallClock() + ROTATION_TIMEOUT_MS, options);
}

async function expire(name: KeyName, options: KeyLifeOptions): Promise<boolean> {
  const { keys, calendar } = options;
  await keys.changeFamily(name, (family) => {
    const [key] = family;
    const expired = [...key.materials.values()].find((material) => {
      const validTo = material.expiration?.validTo;
      return isPresent(material) && validTo !== undefined && validTo.getTime() <= calendar();
    });
    if (!expired) return { put: [] };
    const details = { keyId: key.keyId, keyMaterialId: expired.materialId };
    return {
      put: withoutMaterial(family, expired),
      events: [keyEvent('DeleteExpiredKeyMaterial', key, details, options)],
    };
  });
  const key = await keys.find(name.region, name.keyId);
  if (key) await options.keyStores.settle(key);
  return true;
}

async function remove(name: KeyName, options: KeyLifeOptions): Promise<boolean> {
  const { keys, calendar, events, connections, log } = options;
  let event: KeyEvent | undefined;
  const removed = await keys.remove(name, (family) => {
    const [key] = family;
    if (!isDeletionDue(key, calendar())) return undefined;
    event = deletionEvent(key, options);
    return removal(family, event, calendar());
  });
  if (!removed?.customKeyStoreId || !event?.additional) return true;
  // What lay in the token is doomed and sought until it is gone; this attempt is for the record.
  const ckaIds = ckaIdsOf(removed);
  const gone = await connections.connected(removed.customKeyStoreId)?.destroyed(ckaIds);
  const status = gone ? 'SUCCESS' : 'FAILURE';
  await events.release({ ...event, additional: deletionData(removed, status) });
  if (!gone) {
    log.error(
      { key: removed.arn, ckaIds },
      'the material of a deleted key could not be destroyed in its token yet; will retry',
    );
  }
  return true;
}

type EventPorts = Pick<KeyLifeOptions, 'calendar' | 'newId'>;

function deletionEvent(key: Key, ports: EventPorts): KeyEvent {
  const event = keyEvent('DeleteKey', key, { keyId: key.keyId }, ports);
  if (ckaIdsOf(key).length === 0) return event;
  // Until the token has answered, nothing better than this is known.
  return { ...event, additional: deletionData(key, 'FAILURE'), holdMs: HOLD_MS };
}

function deletionData(key: Key, status: 'SUCCESS' | 'FAILURE') {
  return {
    customKeyStoreId: key.customKeyStoreId,
    clusterId: key.cloudHsmClusterId,
    backingKeys: JSON.stringify(ckaIdsOf(key).map((backingKeyId) => ({ backingKeyId }))),
    backingKeysDeletionStatus: status,
  };
}

function ckaIdsOf(key: Key): string[] {
  return [...key.materials.values()].flatMap(({ ckaId }) => ckaId ?? []);
}

function keyEvent(
  name: KeyEventName,
  key: Key,
  details: KeyEvent['details'],
  { calendar, newId }: EventPorts,
): KeyEvent {
  return {
    eventId: newId(),
    name,
    accountId: key.accountId,
    region: key.region,
    keyArn: key.arn,
    details,
    happenedAt: new Date(calendar()),
  };
}
