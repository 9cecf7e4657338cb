/** Figures that take a read of the database, for metrics: never more often than is useful, or for long. */
import type { Log } from './log.js';

/** They are read again when they are asked for and this old. */
const FRESH_MS = 30_000;
/** Whoever asks waits no longer; meanwhile, or when the reading fails, the last ones are shown. */
const PATIENCE_MS = 2000;
/** Older ones are not shown. */
const STALE_MS = 10 * 60_000;

export interface SlowFiguresOptions<Figures> {
  readonly read: () => Promise<Figures>;
  /** Milliseconds that never go back. */
  readonly monotonic?: () => number;
  readonly log: Log;
}

export class SlowFigures<Figures> {
  readonly #options: SlowFiguresOptions<Figures>;
  readonly #now: () => number;
  #last: { readonly figures: Figures; readonly at: number } | undefined;
  /** One at a time, however slow: a database in trouble gets no more to do. */
  #reading: Promise<void> | undefined;
  #failing = false;

  constructor(options: SlowFiguresOptions<Figures>) {
    this.#options = options;
    this.#now = options.monotonic ?? (() => performance.now());
  }

  /** Milliseconds since they were read; undefined before. */
  get ageMs(): number | undefined {
    return this.#last && this.#now() - this.#last.at;
  }

  /** As new as they are to be had soon; undefined while there are none to be shown. Never rejects. */
  async get(): Promise<Figures | undefined> {
    if ((this.ageMs ?? Number.POSITIVE_INFINITY) >= FRESH_MS) await this.#readSoon();
    return (this.ageMs ?? Number.POSITIVE_INFINITY) < STALE_MS ? this.#last?.figures : undefined;
  }

  /** Waits for what is being read, so that nothing is read from a closed database. */
  async stop(): Promise<void> {
    await this.#reading;
  }

  async #readSoon(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS).unref();
    });
    await Promise.race([this.#reading, patience]);
    clearTimeout(timer);
  }

  async #read(): Promise<void> {
    const at = this.#now();
    try {
      this.#last = { figures: await this.#options.read(), at };
      this.#failing = false;
    } catch (err) {
      if (!this.#failing) this.#options.log.warn({ err }, 'figures for the metrics were not read');
      this.#failing = true;
    }
  }
}
