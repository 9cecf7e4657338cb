/** The grants of keys in memory: an index a key, of which only what has changed is read again. */
import { LRUCache } from 'lru-cache';
import type { Grant } from '../../../authz/grant.js';
import { GrantIndex } from '../../../authz/grant-index.js';
import { EVERYTHING } from '../../../db/changes.js';
import type { Lease } from '../../../db/memory-lease.js';
import { keyRef, readGrantRef } from '../keys/change-refs.js';

/** Grants in memory, over all keys. */
const MAX_HELD = 200_000;
/** With more to read again than this the whole key is read anew. */
const MAX_STALE = 400;

export interface KeyPlace {
  readonly region: string;
  readonly keyId: string;
}

/** Reads grants of a key: these, or all. */
type Read = (key: KeyPlace, grantIds?: readonly string[]) => Promise<readonly Grant[]>;

/** The index of one key's grants, and which of them have changed since. */
interface Held {
  readonly index: GrantIndex;
  readonly stale: Set<string>;
}

interface Loading {
  readonly stale: Set<string>;
  done: Promise<GrantIndex>;
}

export class GrantCache {
  readonly #read: Read;
  readonly #lease: Lease;
  readonly #held = new LRUCache<string, Held>({
    maxSize: MAX_HELD,
    sizeCalculation: ({ index }) => index.size + 1,
  });
  readonly #loading = new Map<string, Loading>();

  constructor(read: Read, lease: Lease) {
    this.#read = read;
    this.#lease = lease;
  }

  /**
   * The grants of a key; without a promise when they are in memory and unchanged. While the lease isn't
   * held they are read anew.
   */
  index(key: KeyPlace): GrantIndex | Promise<GrantIndex> {
    if (!this.#lease.held) return this.#load(key, undefined, new Set());
    const ref = keyRef(key.region, key.keyId);
    const held = this.#held.get(ref);
    if (held && held.stale.size === 0) return held.index;
    return this.#loading.get(ref)?.done ?? this.#bringUpToDate(ref, key, held);
  }

  /** @param changed a grant that is to be read again, all of a key's, or everything */
  forget(changed: string): void {
    if (changed === EVERYTHING) {
      this.#held.clear();
      this.#loading.clear();
      return;
    }
    const { key, grantId } = readGrantRef(changed);
    if (grantId === EVERYTHING) {
      this.#held.delete(key);
      this.#loading.delete(key);
      return;
    }
    const held = this.#held.get(key);
    held?.stale.add(grantId);
    if (held && held.stale.size > MAX_STALE) this.#held.delete(key);
    this.#loading.get(key)?.stale.add(grantId);
  }

  /** One reader a key at a time; what changes while it reads is read again at its end. */
  #bringUpToDate(ref: string, key: KeyPlace, held: Held | undefined): Promise<GrantIndex> {
    const stale = new Set(held?.stale);
    held?.stale.clear();
    const loading: Loading = { stale, done: this.#load(key, held?.index, stale) };
    loading.done = loading.done
      .then((index) => {
        // Size is counted when it is set, and it has changed.
        if (this.#loading.get(ref) === loading) this.#held.set(ref, { index, stale });
        return index;
      })
      .catch((error: unknown) => {
        this.#held.delete(ref);
        throw error;
      })
      .finally(() => {
        if (this.#loading.get(ref) === loading) this.#loading.delete(ref);
      });
    this.#loading.set(ref, loading);
    return loading.done;
  }

  async #load(
    key: KeyPlace,
    known: GrantIndex | undefined,
    stale: Set<string>,
  ): Promise<GrantIndex> {
    const index = known ?? new GrantIndex();
    if (!known) {
      for (const grant of await this.#read(key)) index.add(grant);
    }
    while (stale.size > 0) {
      const grantIds = [...stale].slice(0, MAX_STALE);
      for (const grantId of grantIds) stale.delete(grantId);
      const grants = await this.#read(key, grantIds);
      for (const grantId of grantIds) index.remove(grantId);
      for (const grant of grants) index.add(grant);
    }
    return index;
  }
}
