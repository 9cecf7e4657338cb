/**
 * The calendar of keys' lives: real time, and with the simulated clock so far ahead of it as
 * AdvanceClock has moved it. The offset is in the database, so that time never goes back at a start.
 */
import type { ChangeFeed } from '../db/changes.js';
import { type Database, lockTable } from '../db/database.js';

export interface CalendarOptions {
  readonly database: Database;
  readonly changes: ChangeFeed;
  /** Real time in epoch milliseconds. */
  readonly wallClock: () => number;
  readonly simulated: boolean;
}

const ROW = { id: 1 };

export class Calendar {
  readonly #options: CalendarOptions;
  #offset = 0;

  constructor(options: CalendarOptions) {
    this.#options = options;
  }

  get simulated(): boolean {
    return this.#options.simulated;
  }

  /** Epoch milliseconds. */
  now(): number {
    return this.#options.wallClock() + this.#offset;
  }

  /**
   * Takes up the stored offset.
   * @throws Error when time was moved in this database and the clock isn't simulated: keys would wait
   * for dates that have been, or be destroyed by dates that are still to come.
   */
  async load(): Promise<void> {
    const row = await this.#options.database('calendar').where(ROW).first('offset_ms');
    const offset = Number(row?.offset_ms ?? 0);
    if (offset !== 0 && !this.#options.simulated) {
      throw new Error('the clock of this database was moved: it needs clock: simulated');
    }
    this.#offset = offset;
  }

  /** Moves the calendar to `to` (epoch milliseconds); never back. */
  async advance(to: number): Promise<void> {
    if (!this.#options.simulated) throw new Error('the clock is not simulated');
    const wanted = this.#offset + Math.max(0, to - this.now());
    this.#offset = await this.#options.changes.commit(async (transaction, changed) => {
      await lockTable(transaction, 'calendar');
      const row = await transaction('calendar').where(ROW).first('offset_ms');
      // Another server may have moved further meanwhile.
      const offset = Math.max(wanted, Number(row?.offset_ms ?? 0));
      await transaction('calendar')
        .insert({ ...ROW, offset_ms: offset })
        .onConflict('id')
        .merge();
      changed({ kind: 'calendar', ref: '1' });
      return offset;
    });
  }
}
