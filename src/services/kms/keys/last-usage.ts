/**
 * When each key was last used: noted in memory on every use, written in batches. Source: AWS KMS API
 * Reference, GetKeyLastUsage; shared reference, lifecycle.md §9.
 */
import { type CalendarClock, DAY_MS } from '../../../kernel/time.js';
import type { Log } from '../../../observe/log.js';
import { WriteBehind } from '../../../runtime/write-behind.js';
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
  readonly #uses: WriteBehind<KeyUse>;

  constructor(options: LastUsageOptions) {
    const { repository, log } = options;
    this.#options = options;
    this.#uses = new WriteBehind({
      what: 'last uses of keys',
      write: (uses) => repository.store([...uses.values()]),
      intervalMs: FLUSH_INTERVAL_MS,
      log,
    });
  }

  stop(): Promise<void> {
    return this.#uses.stop();
  }

  /** Notes a successful call that counts as use. */
  note(key: Key, use: LastUse): void {
    const { region, keyId, accountId } = key;
    this.#uses.note(placeOf(key), { region, keyId, accountId, ...use });
  }

  async find(key: Key): Promise<LastUse | undefined> {
    const here = this.#uses.get(placeOf(key));
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
}

function placeOf({ region, keyId }: Pick<Key, 'region' | 'keyId'>): string {
  return `${region}/${keyId}`;
}
