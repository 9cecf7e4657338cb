import { LRUCache } from 'lru-cache';
import { EVERYTHING } from './changes.js';
import type { Lease } from './memory-lease.js';

/** What isn't there is remembered apart, so that guessing names can't drive out what is. */
const MAX_ABSENT = 10_000;

/**
 * A bounded cache in front of reads. A value that is dropped while it is being read is given to
 * those who already wait for it and not kept, so a stale read never outlives its invalidation. While the
 * lease isn't held nothing kept is answered: everything is read anew.
 */
export class ReadThroughCache<V extends object | string> {
  readonly #kept: LRUCache<string, V>;
  readonly #absent = new LRUCache<string, true>({ max: MAX_ABSENT });
  readonly #loading = new Map<string, Promise<V | undefined>>();
  readonly #lease: Lease;

  constructor(maxEntries: number, lease: Lease) {
    this.#lease = lease;
    this.#kept = new LRUCache({ max: maxEntries });
  }

  /**
   * A kept value at once; otherwise the promise of one read that all who ask share.
   * @param trustAbsence whether a recent absence will do: then an answer takes as long whether there
   * is something or not. Without it absence is always read anew, so that what another server has just
   * made is found.
   */
  get(
    ref: string,
    load: () => Promise<V | undefined>,
    trustAbsence = false,
  ): V | undefined | Promise<V | undefined> {
    if (!this.#lease.held) return load();
    const kept = this.#kept.get(ref);
    if (kept !== undefined || (trustAbsence && this.#absent.has(ref))) return kept;
    return this.#loading.get(ref) ?? this.#read(ref, load);
  }

  /** Drops one entry, or all of them for {@link EVERYTHING}. */
  forget(ref: string): void {
    if (ref === EVERYTHING) {
      this.#kept.clear();
      this.#absent.clear();
      this.#loading.clear();
      return;
    }
    this.#kept.delete(ref);
    this.#absent.delete(ref);
    this.#loading.delete(ref);
  }

  #read(ref: string, load: () => Promise<V | undefined>): Promise<V | undefined> {
    const reading = load()
      .then((value) => {
        if (this.#loading.get(ref) !== reading) return value;
        if (value === undefined) this.#absent.set(ref, true);
        else this.#kept.set(ref, value);
        return value;
      })
      .finally(() => {
        if (this.#loading.get(ref) === reading) this.#loading.delete(ref);
      });
    this.#loading.set(ref, reading);
    return reading;
  }
}
