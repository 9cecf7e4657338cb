import type { Database } from '../db/database.js';

/** A holder that doesn't renew it loses a lease after this many milliseconds. */
const LEASE_MS = 30_000;
/** Not before half of it is over: every renewal is a write to the disk. */
const RENEW_MS = LEASE_MS / 2;

/** Leases: which of the servers on one database does what only one needs to do. */
export class LeaseRepository {
  readonly #database: Database;
  readonly #holder: string;
  readonly #wallClock: () => number;
  /** Until when this process holds which lease. */
  readonly #held = new Map<string, number>();

  /** @param options.holder the server's lasting name: it goes on with its lease after a restart */
  constructor(options: {
    readonly database: Database;
    readonly holder: string;
    readonly wallClock: () => number;
  }) {
    this.#database = options.database;
    this.#holder = options.holder;
    this.#wallClock = options.wallClock;
  }

  /** Takes or renews a lease. @returns whether this process holds it now. */
  async hold(name: string): Promise<boolean> {
    const now = this.#wallClock();
    if ((this.#held.get(name) ?? 0) - now > RENEW_MS) return true;
    const taken = await this.#take(name, now);
    if (taken) this.#held.set(name, now + LEASE_MS);
    else this.#held.delete(name);
    return taken;
  }

  async #take(name: string, now: number): Promise<boolean> {
    const lease = { name, holder: this.#holder, expires_at: now + LEASE_MS };
    const renewed = await this.#database('leases')
      .where({ name })
      .andWhere((query) => query.where({ holder: this.#holder }).orWhere('expires_at', '<', now))
      .update(lease);
    if (renewed > 0) return true;
    const inserted = await this.#database('leases')
      .insert(lease)
      .onConflict('name')
      .ignore()
      .returning('name');
    return inserted.length > 0;
  }

  async release(name: string): Promise<void> {
    this.#held.delete(name);
    await this.#database('leases').where({ name, holder: this.#holder }).delete();
  }
}
