import { type CallName, callRow, runsOnWorker } from '../protocol/token-calls.js';
import { TokenError, TokenHostError } from '../protocol/token-error.js';
import type { WrappedKey } from '../protocol/wrapped-keys.js';
import type { Cures } from './cures.js';
import { LoadedKeys } from './loaded-keys.js';
import type { ObjectMap } from './object-map.js';

/** What is asked of a call for the handle of its key. */
export interface KeyUser {
  readonly name: CallName;
  /** Of its key, or what stands for it; empty where it has none. */
  readonly ckaId: string;
  /** Its key, where that is kept outside the token. */
  readonly wrapped: WrappedKey | undefined;
  /** Its key was searched for because no listing had named it. */
  searched: boolean;
}

/**
 * The handle that a worker is to use, none where the call has no key; or what has to happen first: a
 * promise that ends, or that another call ends (`later`).
 */
export type HandleOrWait = Buffer | undefined | Promise<unknown> | 'later';

export interface KeyHandlesOptions {
  readonly objects: Pick<ObjectMap, 'handleOf' | 'forget'>;
  /** Wrapped keys that a host holds at a time. */
  readonly loadedKeys: number;
  readonly cures: Cures;
  /** Whether a call on this key runs, or waits for a thread. */
  readonly isWanted: (ckaId: string) => boolean;
}

/** Which handle the key of a call has now: found by need, loaded where it is kept outside the token. */
export class KeyHandles {
  readonly #options: KeyHandlesOptions;
  readonly #loaded: LoadedKeys;

  constructor(options: KeyHandlesOptions) {
    this.#options = options;
    this.#loaded = new LoadedKeys(options.loadedKeys);
  }

  /** Throws TokenHostError `no-such-key`. */
  of(call: KeyUser): HandleOrWait {
    const { name, ckaId, wrapped } = call;
    const { key } = callRow(name);
    if (!runsOnWorker(name) || key === 'none' || key === 'any' || key === 'new') return undefined;
    const known = this.#options.objects.handleOf(ckaId, key);
    if (known instanceof Buffer) {
      if (wrapped !== undefined) this.#loaded.touch(ckaId);
      return known;
    }
    if (wrapped !== undefined) return this.#load(wrapped);
    if (known === 'unknown' && !call.searched) {
      call.searched = true;
      return this.#find(ckaId);
    }
    const count = known === 'several' ? 'more than one' : 'no';
    const message = `The token holds ${count} ${key} key with this CKA_ID`;
    throw new TokenHostError('no-such-key', message);
  }

  /** The token said that the key's handle is none. */
  renew({ ckaId, wrapped }: KeyUser): Promise<unknown> | 'later' {
    if (wrapped === undefined) return this.#find(ckaId);
    this.#options.objects.forget(ckaId);
    this.#loaded.forget(ckaId);
    return this.#load(wrapped);
  }

  /** The host is another one. */
  forgetLoaded(): void {
    this.#loaded.clear();
  }

  #find(ckaId: string): Promise<unknown> {
    const { cures } = this.#options;
    return cures.once(matterOf(ckaId), () => cures.make('findObject', ckaId, undefined));
  }

  /** Has a wrapped key unwrapped, once there is room for it. */
  #load(key: WrappedKey): Promise<unknown> | 'later' {
    const { cures } = this.#options;
    const matter = matterOf(key.id);
    if (!cures.has(matter)) {
      if (!this.#loaded.hasRoom && !this.#unload()) return 'later';
      this.#loaded.touch(key.id);
    }
    return cures.once(matter, () => this.#loadedKey(key));
  }

  /** A token that has no room gives up another key, as long as there is one. */
  async #loadedKey(key: WrappedKey): Promise<unknown> {
    for (;;) {
      try {
        return await this.#options.cures.make('loadKey', key.id, key);
      } catch (error) {
        this.#loaded.forget(key.id);
        if (!(error instanceof TokenError) || error.action !== 'busy') throw error;
        this.#loaded.isFull();
        if (!this.#unload()) throw error;
        this.#loaded.touch(key.id);
      }
    }
  }

  /** Gives up the wrapped key that was unused the longest; false when all are in use. */
  #unload(): boolean {
    const { cures, objects, isWanted } = this.#options;
    const id = this.#loaded.victim((each) => cures.has(matterOf(each)) || isWanted(each));
    if (id === undefined) return false;
    this.#loaded.forget(id);
    const handle = objects.forget(id);
    // One whose handle is stale ended with the session that it was an object of; so may this one.
    if (handle !== undefined) cures.make('unloadKey', id, { handle }).catch(() => undefined);
    return true;
  }
}

function matterOf(ckaId: string): string {
  return `object ${ckaId}`;
}
