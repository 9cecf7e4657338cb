/** The end of a key's waiting period. Source: AWS KMS Developer Guide, "Deleting AWS KMS keys". */

import { isAdopted } from '../../../keystores/contract/material.js';
import type { Log } from '../../../observe/log.js';
import type { EventRepository } from '../events/event-repository.js';
import { type EventPorts, type KeyEvent, keyEvent } from '../events/key-event.js';
import { isDeletionDue, removal } from '../keys/deletion.js';
import type { Key } from '../keys/key.js';
import type { KeyName } from '../keys/key-change.js';
import type { KeyRepository } from '../keys/key-repository.js';
import type { Connections } from '../stores/connections.js';

/** The event of a deletion waits so long for the token's answer. */
const HOLD_MS = 30_000;

export interface RemovalPorts extends EventPorts {
  readonly keys: Pick<KeyRepository, 'remove'>;
  readonly events: Pick<EventRepository, 'release'>;
  readonly connections: Pick<Connections, 'connected'>;
  readonly log: Log;
}

/** Removes a key that is due, and says so. @returns true: nothing is left to do */
export async function remove(name: KeyName, ports: RemovalPorts): Promise<boolean> {
  const { keys, calendar, events, connections, log } = ports;
  let event: KeyEvent | undefined;
  const removed = await keys.remove(name, (related) => {
    const [key] = related;
    if (!isDeletionDue(key, calendar())) return undefined;
    event = deletionEvent(key, ports);
    return removal(related, event, calendar());
  });
  if (!removed?.customKeyStoreId || !event?.additional) return true;
  // What lay in the token is sought until it is destroyed; this attempt is for the record.
  const ckaIds = ckaIdsOf(removed);
  const connection = connections.connected(removed.customKeyStoreId);
  const gone = await connection?.destroyed(ckaIds);
  // Nothing waits for its end any more, and it is there: it was adopted, and is left as it was.
  const left =
    gone &&
    [...removed.materials.values()].some(
      (material) => isAdopted(material) && connection?.keyStore.holds(material),
    );
  const status = gone ? (left ? 'NOT_REQUESTED' : 'SUCCESS') : 'FAILURE';
  await events.release({ ...event, additional: deletionData(removed, status) });
  if (!gone) {
    log.error(
      { key: removed.arn, ckaIds },
      'the material of a deleted key could not be destroyed in its token yet; will retry',
    );
  }
  return true;
}

function deletionEvent(key: Key, ports: EventPorts): KeyEvent {
  const event = keyEvent('DeleteKey', key, { keyId: key.keyId }, ports);
  if (ckaIdsOf(key).length === 0) return event;
  // Until the token has answered, nothing better than this is known.
  return { ...event, additional: deletionData(key, 'FAILURE'), holdMs: HOLD_MS };
}

/** `NOT_REQUESTED` is Strongroom's own: AWS KMS adopts no keys. */
function deletionData(key: Key, status: 'SUCCESS' | 'FAILURE' | 'NOT_REQUESTED') {
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
