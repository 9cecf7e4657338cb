import { expect, vi } from 'vitest';
import { keyStorePasswordLocation } from '../../../../src/kernel/sealing.js';
import { wallClock } from '../../../../src/kernel/time.js';
import { ConnectionError } from '../../../../src/keystores/contract/connection-error.js';

import { makeLog } from '../../../../src/observe/log.js';
import type { ConnectionState } from '../../../../src/services/kms/shapes.js';
import { Connections } from '../../../../src/services/kms/stores/connections.js';
import { PinTries } from '../../../../src/services/kms/stores/pin-tries.js';
import { type DatabaseBench, NODE, type ServerView } from '../../../support/database-bench.js';
import { MemorySealer } from '../../../support/memory-sealer.js';
import { sampleStore } from '../../../support/sample-store.js';
import { FakeConnection } from './fake-connection.js';

export const PIN = 'kmsuser-1';
export const STORE_ID = sampleStore().customKeyStoreId;
export const CLUSTER_ID = sampleStore().cloudHsmClusterId;
export const OTHER_CLUSTER_ID = 'cluster-bbbbbbbbbbb';

export const refusedPin = () => new ConnectionError('INVALID_CREDENTIALS', true, undefined);
export const unreachable = () => new ConnectionError('NETWORK_ERRORS', false, undefined);

/** One custom key store, one server's connections to it, and the tokens behind them. */
export class ConnectionsBench {
  readonly view: ServerView;
  readonly sealer: MemorySealer;
  /** Store ids, one for each time that one became CONNECTED. */
  readonly connected: string[] = [];
  /** Every connection that was made, in order. */
  readonly made: FakeConnection[] = [];
  /** The clusters that are configured. */
  readonly clusters = new Set([CLUSTER_ID, OTHER_CLUSTER_ID]);
  connections: Connections;
  #owner = NODE;

  private constructor(view: ServerView, sealer: MemorySealer) {
    this.view = view;
    this.sealer = sealer;
    this.connections = this.#connections();
    view.changes.on('custom-key-store', 'connections to custom key stores', (id) =>
      this.connections.refresh(id),
    );
  }

  static async create(database: DatabaseBench): Promise<ConnectionsBench> {
    const sealer = new MemorySealer();
    const bench = new ConnectionsBench(await database.server(), sealer);
    const sealedPassword = await sealer.seal(Buffer.from(PIN), keyStorePasswordLocation(STORE_ID));
    await bench.view.stores.insert(sampleStore({ sealedPassword }));
    return bench;
  }

  /** As after a restart of the server: nothing is remembered but what is stored. */
  async restart(): Promise<void> {
    await this.connections.stop();
    this.#owner = { ...this.#owner, incarnation: `${this.#owner.incarnation}+` };
    this.connections = this.#connections();
    await this.connections.start();
  }

  /** As UpdateCustomKeyStore does it. */
  async setPin(pin: string): Promise<void> {
    const sealedPassword = await this.sealer.seal(
      Buffer.from(pin),
      keyStorePasswordLocation(STORE_ID),
    );
    await this.view.stores.change(STORE_ID, () => ({ sealedPassword }));
  }

  async store() {
    const store = await this.view.stores.find(STORE_ID);
    if (!store) throw new Error('the store is gone');
    return store;
  }

  async state(): Promise<ConnectionState> {
    return this.connections.state(await this.store());
  }

  async until(state: ConnectionState): Promise<void> {
    await expect.poll(() => this.state()).toBe(state);
  }

  /** The latest connection, once there have been so many and the PIN is being tried. */
  async attempt(count: number): Promise<FakeConnection> {
    return vi.waitUntil(() => {
      const last = this.made[count - 1];
      return last?.pin && last;
    });
  }

  /** Brings the store into a state. @returns the connection that it has there. */
  async reach(state: ConnectionState): Promise<FakeConnection | undefined> {
    if (state === 'DISCONNECTED') return undefined;
    await this.connections.connect(STORE_ID);
    const connection = await this.attempt(1);
    if (state === 'CONNECTING') return connection;
    if (state === 'FAILED') connection.fail(refusedPin());
    else connection.succeed();
    await this.until(state === 'FAILED' ? 'FAILED' : 'CONNECTED');
    if (state === 'DISCONNECTING') {
      connection.holdClose();
      await this.connections.disconnect(STORE_ID);
    }
    return connection;
  }

  /** Lets everything end that a test still holds. */
  async dispose(): Promise<void> {
    for (const connection of this.made) {
      connection.succeed();
      connection.letClose();
    }
    await this.connections.stop();
    // Queries are answered in turn: after this one none is under way.
    await this.view.stores.all();
  }

  #connections(): Connections {
    return new Connections({
      stores: this.view.stores,
      sealer: this.sealer,
      pinTries: new PinTries({
        ...{ database: this.view.database, owner: this.#owner, wallClock: wallClock() },
      }),
      connectionTo: ({ cloudHsmClusterId: clusterId }) => {
        if (!this.clusters.has(clusterId)) return undefined;
        const connection = new FakeConnection(clusterId);
        this.made.push(connection);
        return connection;
      },
      onConnected: async (customKeyStoreId) => {
        this.connected.push(customKeyStoreId);
      },
      log: makeLog({ level: 'error', destination: { write: () => undefined } }),
      wallClock: wallClock(),
      random: () => 0,
    });
  }
}
