/** Which store holds a key's material, and how to make more of it there. */

import type { Deadline } from '../../../kernel/time.js';
import { able, type GivesRandom } from '../../../keystores/contract/abilities.js';
import type { AdoptsKeys } from '../../../keystores/contract/adoption.js';
import type { UnwrapsInside } from '../../../keystores/contract/imports.js';
import type { KeyStore } from '../../../keystores/contract/key-store.js';
import { isPresent } from '../../../keystores/contract/material.js';
import type {
  MaterialMaker,
  MaterialTaker,
  MaterialTransfer,
} from '../../../keystores/contract/materials.js';
import type { StoreConnection } from '../../../keystores/contract/store-connection.js';
import { findCurrentMaterial, type Key } from '../keys/key.js';
import { type KeyState, reportedState } from '../keys/states.js';
import { refuse } from '../refusals.js';
import type { Connections } from './connections.js';
import type { CustomKeyStore } from './custom-key-store.js';

export interface KeyStoresOptions {
  readonly software: KeyStore;
  readonly softwareMaterials: MaterialMaker & MaterialTaker & MaterialTransfer;
  readonly connections: Connections;
}

export class KeyStores {
  readonly #options: KeyStoresOptions;

  constructor(options: KeyStoresOptions) {
    this.#options = options;
  }

  /**
   * The store of a key that passed its state check.
   * @throws ServiceError KMSInvalidStateException when the store was disconnected in the meantime.
   */
  of(key: Key): KeyStore {
    const store = this.#find(key);
    if (!store) throw refuse.unavailable(key.arn);
    return store;
  }

  /** The KeyState that DescribeKey shows. */
  stateOf(key: Key): KeyState {
    const store = this.#find(key);
    const material = findCurrentMaterial(key);
    return reportedState(key, store !== undefined && (!material || store.holds(material)));
  }

  /** Lets a connected store that lacks a key's material look again; nothing to wait for otherwise. */
  lookFor(key: Key, deadline: Deadline): Promise<void> | undefined {
    const store = this.#find(key);
    const material = findCurrentMaterial(key);
    // Imported material that was deleted is nowhere to be found.
    if (!material || !isPresent(material) || store?.holds(material) !== false) return undefined;
    return able(store, 'lookFor') ? store.lookFor(material, deadline) : undefined;
  }

  /**
   * A custom key store that has a random number generator.
   * @throws ServiceError CustomKeyStoreInvalidStateException unless the store is CONNECTED;
   * UnsupportedOperationException when it has none.
   */
  ofCustomKeyStore(store: CustomKeyStore): KeyStore & GivesRandom {
    const { keyStore } = this.#connected(store);
    if (able(keyStore, 'random')) return keyStore;
    throw refuse.unsupported(`${store.customKeyStoreId} has no random number generator.`);
  }

  /** Where new material of this kind is made. @throws ServiceError CustomKeyStoreInvalidStateException */
  materials(customKeyStore: CustomKeyStore | undefined): MaterialMaker {
    if (!customKeyStore) return this.#options.softwareMaterials;
    return this.#connected(customKeyStore).materials;
  }

  /**
   * A custom key store whose keys can be adopted.
   * @throws ServiceError CustomKeyStoreInvalidStateException unless the store is CONNECTED;
   * UnsupportedOperationException when there is nothing to adopt in it
   */
  adopter(customKeyStore: CustomKeyStore): AdoptsKeys & StoreConnection {
    const connection = this.#connected(customKeyStore);
    if (able(connection, 'adopt')) return connection;
    throw refuse.unsupported(`Keys of ${customKeyStore.customKeyStoreId} cannot be adopted.`);
  }

  /** Where the material of keys of this server's own is made, taken over and handed on. */
  get softwareMaterials(): KeyStoresOptions['softwareMaterials'] {
    return this.#options.softwareMaterials;
  }

  /** Where new material of an existing key is made. @throws ServiceError KMSInvalidStateException */
  materialsOf(key: Key): MaterialMaker {
    return this.#customMaterials(key) ?? this.#options.softwareMaterials;
  }

  /**
   * Where a key of a custom key store gets imported material; undefined for this server's own keys.
   * @throws ServiceError KMSInvalidStateException when the store is not connected;
   * UnsupportedOperationException when it takes no secret from elsewhere
   */
  tokenMaterialsOf(key: Key): (MaterialMaker & UnwrapsInside) | undefined {
    const materials = this.#customMaterials(key);
    if (!materials || able(materials, 'unwrap')) return materials;
    throw refuse.unsupported(`Key material cannot be imported into ${key.customKeyStoreId}.`);
  }

  /** Destroys what a key has left in its token, as far as that is possible now. */
  async destroyLeftovers(key: Pick<Key, 'customKeyStoreId'>): Promise<void> {
    if (key.customKeyStoreId === undefined) return;
    await this.#options.connections.connected(key.customKeyStoreId)?.destroyed([]);
  }

  #customMaterials(key: Key): MaterialMaker | undefined {
    if (key.customKeyStoreId === undefined) return undefined;
    const connection = this.#options.connections.connected(key.customKeyStoreId);
    if (!connection) throw refuse.unavailable(key.arn);
    return connection.materials;
  }

  #find(key: Key): KeyStore | undefined {
    if (key.customKeyStoreId === undefined) return this.#options.software;
    return this.#options.connections.connected(key.customKeyStoreId)?.keyStore;
  }

  #connected(store: CustomKeyStore) {
    const { connections } = this.#options;
    connections.requireState(store, ['CONNECTED']);
    const connection = connections.connected(store.customKeyStoreId);
    if (!connection) throw refuse.clusterUnreachable();
    return connection;
  }
}
