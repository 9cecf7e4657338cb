import { LRUCache } from 'lru-cache';
import { EVERYTHING } from './changes.js';

/**
 * A bounded cache in front of reads. A value that is dropped while it is being read is given to
 * those who already wait for it and not kept, so a stale read never outlives its invalidation.
 */
export class ReadThroughCache<V extends object | string> {
  readonly #kept: LRUCache<string, V>;
  readonly #loading = new Map<string, Promise<V | undefined>>();

  constructor(maxEntries: number) {
    this.#kept = new LRUCache({ max: maxEntries });
  }

  /** A kept value at once; otherwise the promise of one read that all who ask share. */
  get(ref: string, load: () => Promise<V | undefined>): V | undefined | Promise<V | undefined> {
    return this.#kept.get(ref) ?? this.#loading.get(ref) ?? this.#read(ref, load);
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
