/** The expiry of imported material. Source: AWS KMS Developer Guide, "Importing key material". */

import { type EventPorts, expiryEvent } from '../events/key-event.js';
import { expiredMaterial, withExpired } from '../import/import-material.js';
import type { KeyName } from '../keys/key-change.js';
import type { KeyRepository } from '../keys/key-repository.js';
import type { KeyStores } from '../stores/key-stores.js';

export interface ExpiryPorts extends EventPorts {
  readonly keys: Pick<KeyRepository, 'changeRelated' | 'find'>;
  readonly keyStores: Pick<KeyStores, 'destroyLeftovers'>;
}

/** Deletes a key's material if its time is over. @returns true: nothing is left to do */
export async function expire(name: KeyName, ports: ExpiryPorts): Promise<boolean> {
  const { keys, calendar } = ports;
  await keys.changeRelated(name, (related) => {
    const [key] = related;
    const expired = expiredMaterial(key, calendar());
    if (!expired) return { put: [] };
    return {
      put: [withExpired(key, expired)],
      events: [expiryEvent(key, expired, ports)],
    };
  });
  const key = await keys.find(name.region, name.keyId);
  if (key) await ports.keyStores.destroyLeftovers(key);
  return true;
}
