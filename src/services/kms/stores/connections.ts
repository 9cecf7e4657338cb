/**
 * The connections of all custom key stores, and the state machine that AWS shows of them (AWS KMS
 * Developer Guide, "Custom key store connection states"; shared reference, lifecycle.md §7.1).
 *
 * What is stored is what an administrator asked for; CONNECTING, DISCONNECTING and CONNECTED are
 * this server's own progress towards it. A link that is lost later leaves CONNECTED: calls fail
 * until it is back, and the error code says why. Only a refused PIN ends a connection, and is never tried again by itself.
 */

import { EVERYTHING } from '../../../db/changes.js';
import { backOff } from '../../../kernel/back-off.js';
import {
  ConnectionError,
  type ConnectionErrorCode,
} from '../../../keystores/contract/connection-error.js';
import type { StoreConnection } from '../../../keystores/contract/store-connection.js';
import { refuse } from '../refusals.js';
import type { ConnectionState } from '../shapes.js';
import type { CustomKeyStore } from './custom-key-store.js';
import type { CustomKeyStoreRepository } from './custom-key-store-repository.js';
import { StoreLogin, type StoreLoginOptions } from './store-login.js';

type Phase = 'connecting' | 'connected' | 'disconnecting';

interface Entry {
  /** The store as it was when the attempt began. */
  readonly store: CustomKeyStore;
  phase: Phase;
  connection: StoreConnection | undefined;
  /** Settles when the attempt, with what follows a success, or the disconnection under way has ended. */
  work: Promise<void>;
  /** Set when the store is to be disconnected: an attempt under way must give up. */
  cancelled: boolean;
  retry: NodeJS.Timeout | undefined;
  /** Why the latest attempt failed that is repeated by itself. */
  trouble: ConnectionErrorCode | undefined;
}

export interface ConnectionsOptions extends StoreLoginOptions {
  readonly stores: CustomKeyStoreRepository;
  /** Makes the connection of a configured token; undefined when no such token is configured. */
  readonly connectionTo: (store: CustomKeyStore) => StoreConnection | undefined;
  /** What is to be done while a store is connected, once each time. Never rejects. */
  readonly onConnected: (customKeyStoreId: string, connection: StoreConnection) => Promise<void>;
  /** 0 to 1. */
  readonly random: () => number;
}

/** An attempt of a server's own (at its start) is repeated after so long, doubling up to the last. */
const RETRIES = { firstMs: 500, maxMs: 30_000 };
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #login: StoreLogin;
  readonly #entries = new Map<string, Entry>();
  /** Stores that this server is asked to connect just now: the wish comes back by the change feed. */
  readonly #asked = new Set<string>();
  /** Stores that wait for an administrator, with the reason. */
  readonly #failed = new Map<string, ConnectionErrorCode>();
  #stopping = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#login = new StoreLogin(options);
  }

  /** Begins to connect every store that was connected; doesn't wait for it. */
  async start(): Promise<void> {
    for (const store of await this.#options.stores.all()) this.#follow(store);
  }

  /**
   * Another server changed a store, or this one did: brings this server's connection in line. Rejects
   * when the store can't be read.
   */
  refresh(customKeyStoreId: string): Promise<void> {
    return customKeyStoreId === EVERYTHING
      ? this.#refreshAll()
      : this.#refreshOne(customKeyStoreId);
  }

  state(store: CustomKeyStore): ConnectionState {
    const entry = this.#entries.get(store.customKeyStoreId);
    // The connection that failed may still be closing, which is nobody's to wait for.
    if (store.connection === 'failed') return 'FAILED';
    if (entry?.phase === 'disconnecting') return 'DISCONNECTING';
    // Another server's wish may be known before this one has acted on it.
    if (store.connection === 'disconnected') return entry ? 'DISCONNECTING' : 'DISCONNECTED';
    return entry?.phase === 'connected' ? 'CONNECTED' : 'CONNECTING';
  }

  /**
   * What is wrong with a store: why it is FAILED, or why what stands behind it is away although nobody
   * has to do anything to have it back.
   */
  trouble(store: CustomKeyStore): ConnectionErrorCode | undefined {
    const entry = this.#entries.get(store.customKeyStoreId);
    switch (this.state(store)) {
      case 'FAILED':
        return store.connectionError;
      case 'CONNECTED':
        return entry?.connection?.trouble;
      case 'CONNECTING':
        return entry?.trouble;
      default:
        return undefined;
    }
  }

  /** Stores that are to be connected here and have no connection, with the reason. */
  unconnected(): { customKeyStoreId: string; state: ConnectionState; code: ConnectionErrorCode }[] {
    const failed = [...this.#failed].map(([customKeyStoreId, code]) => {
      return { customKeyStoreId, state: 'FAILED' as const, code };
    });
    const trying = [...this.#entries].flatMap(([customKeyStoreId, { phase, trouble }]) =>
      phase === 'connecting' && trouble !== undefined
        ? [{ customKeyStoreId, state: 'CONNECTING' as const, code: trouble }]
        : [],
    );
    return [...failed, ...trying];
  }

  /** The connection of a store that is CONNECTED here. */
  connected(customKeyStoreId: string): StoreConnection | undefined {
    const entry = this.#entries.get(customKeyStoreId);
    return entry?.phase === 'connected' ? entry.connection : undefined;
  }

  /**
   * ConnectCustomKeyStore: returns once the wish is stored; the attempt goes on by itself.
   * @throws ServiceError CustomKeyStoreInvalidStateException from FAILED and DISCONNECTING.
   */
  async connect(customKeyStoreId: string): Promise<void> {
    this.#asked.add(customKeyStoreId);
    try {
      const store = await this.#options.stores.change(customKeyStoreId, (fresh) => {
        this.requireState(fresh, ['DISCONNECTED', 'CONNECTING', 'CONNECTED']);
        return { connection: 'connected', connectionError: undefined };
      });
      this.#follow(store);
    } finally {
      this.#asked.delete(customKeyStoreId);
    }
  }

  /**
   * DisconnectCustomKeyStore: returns once the wish is stored.
   * @throws ServiceError CustomKeyStoreInvalidStateException from DISCONNECTED and DISCONNECTING.
   */
  async disconnect(customKeyStoreId: string): Promise<void> {
    await this.#options.stores.change(customKeyStoreId, (fresh) => {
      this.requireState(fresh, ['CONNECTED', 'CONNECTING', 'FAILED']);
      return { connection: 'disconnected', connectionError: undefined };
    });
    this.#close(customKeyStoreId);
  }

  /** @throws ServiceError CustomKeyStoreInvalidStateException unless the state is one of these. */
  requireState(store: CustomKeyStore, allowed: readonly ConnectionState[]): void {
    const state = this.state(store);
    if (!allowed.includes(state)) {
      throw refuse.customKeyStoreState(
        `Custom key store ${store.customKeyStoreId} is ${state}; this operation needs it to be ${allowed.join(' or ')}.`,
      );
    }
  }

  /** Ends every connection of this server and waits for it. What is stored stays as it is. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const customKeyStoreId of [...this.#entries.keys()]) this.#close(customKeyStoreId);
    await Promise.all([...this.#entries.values()].map((entry) => entry.work));
  }

  async #refreshOne(customKeyStoreId: string): Promise<void> {
    const store = await this.#options.stores.find(customKeyStoreId);
    if (store) this.#follow(store);
    else this.#forget(customKeyStoreId);
  }

  async #refreshAll(): Promise<void> {
    const stores = await this.#options.stores.all();
    const gone = new Set([...this.#entries.keys(), ...this.#failed.keys()]);
    for (const store of stores) {
      gone.delete(store.customKeyStoreId);
      this.#follow(store);
    }
    for (const customKeyStoreId of gone) this.#forget(customKeyStoreId);
  }

  #forget(customKeyStoreId: string): void {
    this.#failed.delete(customKeyStoreId);
    this.#close(customKeyStoreId);
  }

  #follow(store: CustomKeyStore): void {
    const { customKeyStoreId, connection, connectionError = 'INTERNAL_ERROR' } = store;
    if (connection === 'failed') this.#failed.set(customKeyStoreId, connectionError);
    else this.#failed.delete(customKeyStoreId);
    const entry = this.#entries.get(store.customKeyStoreId);
    if (!entry) {
      const why = this.#asked.has(store.customKeyStoreId) ? 'asked' : 'following';
      if (store.connection === 'connected') this.#begin(store, why);
    } else if (store.connection !== 'connected' || !sameLogin(entry.store, store)) {
      this.#close(store.customKeyStoreId);
    }
  }

  #begin(store: CustomKeyStore, why: 'asked' | 'following'): void {
    if (this.#stopping) return;
    const entry: Entry = {
      store,
      phase: 'connecting',
      connection: undefined,
      work: Promise.resolve(),
      cancelled: false,
      retry: undefined,
      trouble: undefined,
    };
    this.#entries.set(store.customKeyStoreId, entry);
    entry.work = this.#attempt(store, entry, why, 0);
  }

  async #attempt(
    store: CustomKeyStore,
    entry: Entry,
    why: 'asked' | 'following',
    failures: number,
  ): Promise<void> {
    const { log, random, onConnected } = this.#options;
    const { customKeyStoreId } = store;
    try {
      await this.#open(store, entry);
      if (entry.cancelled) return;
      entry.phase = 'connected';
      log.info({ customKeyStoreId }, 'custom key store connected');
      if (entry.connection) await onConnected(customKeyStoreId, entry.connection);
    } catch (error) {
      if (entry.cancelled) return;
      await entry.connection?.close();
      if (entry.cancelled) return;
      const refused = error instanceof ConnectionError && error.refused;
      log.error({ err: error, customKeyStoreId }, 'custom key store could not be connected');
      if (refused || why === 'asked') {
        await this.#fail(customKeyStoreId, codeOf(error));
      } else {
        entry.trouble = codeOf(error);
        entry.retry = setTimeout(
          () => {
            entry.work = this.#attempt(store, entry, why, failures + 1);
          },
          backOff(RETRIES, failures, random),
        );
        entry.retry.unref();
      }
    }
  }

  async #open(store: CustomKeyStore, entry: Entry): Promise<void> {
    const connection = this.#options.connectionTo(store);
    // Known at once, so that a disconnection can end an attempt that is under way.
    entry.connection = connection;
    if (!connection) throw new ConnectionError('CLUSTER_NOT_FOUND', false, undefined);
    await this.#login.open(store, connection, {
      isCancelled: () => entry.cancelled,
      onRefused: (code) => void this.#fail(store.customKeyStoreId, code),
    });
  }

  async #fail(customKeyStoreId: string, code: ConnectionErrorCode): Promise<void> {
    const { stores, log } = this.#options;
    try {
      await stores.change(customKeyStoreId, (fresh) =>
        fresh.connection === 'connected' ? { connection: 'failed', connectionError: code } : {},
      );
    } catch (error) {
      log.error({ err: error, customKeyStoreId }, 'the failed connection could not be recorded');
    }
    this.#close(customKeyStoreId);
  }

  #close(customKeyStoreId: string): void {
    const entry = this.#entries.get(customKeyStoreId);
    if (!entry || entry.cancelled) return;
    entry.cancelled = true;
    clearTimeout(entry.retry);
    entry.phase = 'disconnecting';
    entry.work = Promise.all([entry.connection?.close(), entry.work])
      .catch((error: unknown) => {
        this.#options.log.error(
          { err: error, customKeyStoreId },
          'the token host could not be stopped',
        );
      })
      .then(() => {
        this.#entries.delete(customKeyStoreId);
        // It may have been asked for again meanwhile, by this server or another.
        return this.#stopping ? undefined : this.refresh(customKeyStoreId);
      })
      .catch((error: unknown) => {
        const text = 'whether the key store is wanted again was not found out';
        this.#options.log.error({ err: error, customKeyStoreId }, text);
      });
  }
}

const codeOf = (error: unknown): ConnectionErrorCode =>
  error instanceof ConnectionError ? error.code : 'INTERNAL_ERROR';

/** Another server may have disconnected a store, changed it and connected it before this one saw. */
function sameLogin(left: CustomKeyStore, right: CustomKeyStore): boolean {
  return (
    left.cloudHsmClusterId === right.cloudHsmClusterId &&
    left.sealedPassword.equals(right.sealedPassword)
  );
}
