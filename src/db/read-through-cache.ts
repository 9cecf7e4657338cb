import { LRUCache } from 'lru-cache';
import { EVERYTHING } from './changes.js';
import type { Lease } from './memory-lease.js';

/**
 * A bounded cache in front of reads; what isn't there isn't kept, so that guessing names can't drive
 * out what is. A value that is dropped while it is being read is given to those who already wait for it
 * and not kept, so a stale read never outlives its invalidation. While the lease isn't held nothing kept
 * is answered: everything is read anew.
 */
export class ReadThroughCache<V extends object | string> {
  readonly #kept: LRUCache<string, V>;
  readonly #loading = new Map<string, Promise<V | undefined>>();
  readonly #lease: Lease;

  constructor(maxEntries: number, lease: Lease) {
    this.#lease = lease;
    this.#kept = new LRUCache({ max: maxEntries });
  }

  /** A kept value at once; otherwise the promise of one read that all who ask share. */
  get(ref: string, load: () => Promise<V | undefined>): V | Promise<V | undefined> {
    if (!this.#lease.held) return load();
    return this.#kept.get(ref) ?? this.#loading.get(ref) ?? this.#read(ref, load);
  }

  /** A kept value; nothing is read. */
  kept(ref: string): V | undefined {
    return this.#lease.held ? this.#kept.get(ref) : undefined;
  }

  /** Drops one entry, or all of them for {@link EVERYTHING}. */
  forget(ref: string): void {
    if (ref === EVERYTHING) {
      this.#kept.clear();
      this.#loading.clear();
      return;
    }
    this.#kept.delete(ref);
    this.#loading.delete(ref);
  }

  #read(ref: string, load: () => Promise<V | undefined>): Promise<V | undefined> {
    const reading = load()
      .then((value) => {
        if (value !== undefined && this.#loading.get(ref) === reading) this.#kept.set(ref, value);
        return value;
      })
      .finally(() => {
        if (this.#loading.get(ref) === reading) this.#loading.delete(ref);
      });
    this.#loading.set(ref, reading);
    return reading;
  }
}
