/** A kind of custom key store that is not AWS CloudHSM: its own declaration, and its place in the list. */
import { describe, expect, it } from 'vitest';
import { calendarClock, wallClock } from '../../../../src/kernel/time.js';
import { makeLog } from '../../../../src/observe/log.js';
import { Connections } from '../../../../src/services/kms/stores/connections.js';
import { createCustomKeyStore } from '../../../../src/services/kms/stores/custom-key-store-creation.js';
import { updateCustomKeyStore } from '../../../../src/services/kms/stores/custom-key-store-update.js';
import { PinTries } from '../../../../src/services/kms/stores/pin-tries.js';
import type { StoreKind, StoreKinds } from '../../../../src/services/kms/stores/store-kind.js';
import { describeDatabases, NODE } from '../../../support/database-bench.js';
import { MemorySealer } from '../../../support/memory-sealer.js';
import { SCOPE } from '../../../support/sample-key.js';
import { FakeConnection } from './fake-connection.js';

const DEADLINE = Number.POSITIVE_INFINITY;
const MEMBERS = { CustomKeyStoreName: 'far', CustomKeyStoreType: 'EXTERNAL_KEY_STORE' } as const;

function externalKind() {
  const opened: FakeConnection[] = [];
  const kind: StoreKind = {
    type: 'EXTERNAL_KEY_STORE',
    created: async () => ({
      settings: { cloudHsmClusterId: 'https://proxy.example', trustAnchor: '' },
      credential: 'first secret',
    }),
    updated: async (_store, { KeyStorePassword: credential = '' }) => ({ credential }),
    shown: () => ({}),
    connectionTo: () => {
      const connection = new FakeConnection('https://proxy.example');
      opened.push(connection);
      return connection;
    },
  };
  return { kind, opened };
}

describeDatabases((bench) => {
  const setUp = async (kinds: readonly StoreKind[]) => {
    const { stores, database } = await bench.server();
    const storeKinds: StoreKinds = new Map(kinds.map((kind) => [kind.type, kind]));
    const sealer = new MemorySealer();
    const connections = new Connections({
      stores,
      sealer,
      pinTries: new PinTries({ database, owner: NODE, wallClock: wallClock() }),
      connectionTo: (store) => storeKinds.get(store.type)?.connectionTo(store),
      onConnected: async () => undefined,
      log: makeLog({ level: 'fatal', destination: { write: () => undefined } }),
      wallClock: wallClock(),
      random: () => 0,
    });
    const ports = { storeKinds, customKeyStores: stores, connections, sealer };
    return { stores, connections, ports: { ...ports, calendar: calendarClock(Date.now) } };
  };

  describe('another kind of custom key store', () => {
    it('is made, changed and connected by what it says of itself', async () => {
      const { kind, opened } = externalKind();
      const { stores, connections, ports } = await setUp([kind]);
      const id = await createCustomKeyStore(MEMBERS, SCOPE, DEADLINE, ports);
      expect(await stores.get(SCOPE, id)).toMatchObject({
        type: 'EXTERNAL_KEY_STORE',
        cloudHsmClusterId: 'https://proxy.example',
        connection: 'disconnected',
      });
      expect(await createCustomKeyStore(MEMBERS, SCOPE, DEADLINE, ports)).toBe(id);

      const update = { CustomKeyStoreId: id, KeyStorePassword: 'second secret' };
      await updateCustomKeyStore(update, SCOPE, DEADLINE, ports);
      await connections.connect(id);
      await expect.poll(() => opened[0]?.pinText).toBe('second secret');
      opened[0]?.succeed();
      await connections.stop();
    });

    it('is refused where it is not in the list', async () => {
      const { ports } = await setUp([]);
      await expect(createCustomKeyStore(MEMBERS, SCOPE, DEADLINE, ports)).rejects.toMatchObject({
        code: 'UnsupportedOperationException',
      });
    });
  });
});
