/**
 * When each key was last used: noted in memory on every use, written in batches. Source: AWS KMS API
 * Reference, GetKeyLastUsage; shared reference, lifecycle.md §9.
 */
import { type CalendarClock, DAY_MS } from '../../../kernel/time.js';
import type { Log } from '../../../observe/log.js';
import type { Key } from './key.js';

/** A use is in the database so many milliseconds later. */
const FLUSH_INTERVAL_MS = 5000;

/** The last use of one key. */
export interface KeyUse {
  readonly region: string;
  readonly keyId: string;
  readonly accountId: string;
  readonly operation: string;
  readonly usedAt: Date;
  /** Of the audit record in the key owner's account. */
  readonly eventId: string;
  readonly requestId: string;
}

export type LastUse = Omit<KeyUse, 'region' | 'keyId' | 'accountId'>;

/** Where last uses are kept. */
export interface LastUsageStore {
  find(key: Pick<KeyUse, 'region' | 'keyId'>): Promise<KeyUse | undefined>;
  /** Stores uses, one a key; an older one never replaces a newer one. */
  store(uses: readonly KeyUse[]): Promise<void>;
}

export interface LastUsageOptions {
  readonly repository: LastUsageStore;
  readonly log: Log;
  readonly calendar: CalendarClock;
}

export class LastUsage {
  readonly #options: LastUsageOptions;
  #unwritten = new Map<string, KeyUse>();
  /** Being written: still to be seen by `find`. */
  #writing = new Map<string, KeyUse>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(options: LastUsageOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush(), FLUSH_INTERVAL_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  /** Notes a successful call that counts as use. */
  note(key: Key, use: LastUse): void {
    const { region, keyId, accountId } = key;
    this.#unwritten.set(placeOf(key), { region, keyId, accountId, ...use });
  }

  async find(key: Key): Promise<LastUse | undefined> {
    const place = placeOf(key);
    const here = this.#unwritten.get(place) ?? this.#writing.get(place);
    const found = await this.#options.repository.find(key);
    // An earlier key of this name, a replica that was deleted, is another one.
    const stored = found && found.usedAt >= key.createdAt ? found : undefined;
    if (!here) return stored;
    return stored && stored.usedAt > here.usedAt ? stored : here;
  }

  /** Whole days without use, or without one since uses are recorded. */
  async trailingDays(key: Key): Promise<number> {
    const used = await this.find(key);
    const since = used?.usedAt ?? key.trackedSince;
    return Math.max(0, Math.floor((this.#options.calendar() - since.getTime()) / DAY_MS));
  }

  /** Writes what has been noted. Never rejects: what could not be written is tried again. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write());
    return this.#flushing;
  }

  async #write(): Promise<void> {
    if (this.#unwritten.size === 0) return;
    this.#writing = this.#unwritten;
    this.#unwritten = new Map();
    try {
      await this.#options.repository.store([...this.#writing.values()]);
    } catch (error) {
      this.#options.log.error({ err: error }, 'last uses of keys could not be written');
      this.#unwritten = new Map([...this.#writing, ...this.#unwritten]);
    }
    this.#writing = new Map();
  }
}

function placeOf({ region, keyId }: Pick<Key, 'region' | 'keyId'>): string {
  return `${region}/${keyId}`;
}
