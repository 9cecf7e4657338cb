import type { Calendar } from './calendar.js';

export interface SimulatedClockOptions {
  readonly calendar: Calendar;
  /** When the next thing is due on any key, in epoch milliseconds of the calendar. */
  readonly nextDate: () => Promise<number | undefined>;
  /** Does all that is due. */
  readonly runJobs: () => Promise<void>;
}

/** Moves the calendar of a development server forward, as if the time had passed. */
export class SimulatedClock {
  readonly #options: SimulatedClockOptions;
  #moving: Promise<unknown> = Promise.resolve();

  constructor(options: SimulatedClockOptions) {
    this.#options = options;
  }

  get simulated(): boolean {
    return this.#options.calendar.simulated;
  }

  /**
   * Moves forward by so many milliseconds, from one due date to the next, and does at each what is
   * due then: a key with a yearly rotation rotates ten times in ten years.
   * @returns the calendar's time, epoch milliseconds
   * @throws Error unless the clock is simulated
   */
  advance(milliseconds: number): Promise<number> {
    const moved = this.#moving.then(() => this.#advance(milliseconds));
    this.#moving = moved.catch(() => {});
    return moved;
  }

  async #advance(milliseconds: number): Promise<number> {
    const { calendar, nextDate, runJobs } = this.#options;
    const target = calendar.now() + milliseconds;
    let last = -Infinity;
    for (;;) {
      const next = await nextDate();
      // What is still due after its own round can't be done now: no use in waiting at its date.
      if (next === undefined || next > target || next <= last) break;
      last = next;
      await calendar.advance(next);
      await runJobs();
    }
    await calendar.advance(target);
    await runJobs();
    return calendar.now();
  }
}
