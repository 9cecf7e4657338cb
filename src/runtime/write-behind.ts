import type { Log } from '../observe/log.js';

export interface WriteBehindOptions<Value> {
  /** For the log: `last uses of keys`. */
  readonly what: string;
  /** Stores the newest values by name. It must never put an older value in a newer one's place. */
  readonly write: (values: ReadonlyMap<string, Value>) => Promise<void>;
  /** The longest time in memory, in milliseconds, while the database answers. */
  readonly intervalMs: number;
  readonly log: Log;
}

/**
 * Values noted in memory and written in batches: of each name the newest, one batch at a time. What
 * could not be written is kept and tried again, so that nothing is lost as long as the process lives;
 * `stop` writes the rest. Names are of things that are stored, so that these bound the memory.
 */
export class WriteBehind<Value> {
  readonly #options: WriteBehindOptions<Value>;
  #unwritten = new Map<string, Value>();
  /** In the batch under way: still to be seen by `get`. */
  #writing: ReadonlyMap<string, Value> = new Map();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(options: WriteBehindOptions<Value>) {
    this.#options = options;
  }

  note(name: string, value: Value): void {
    this.#unwritten.set(name, value);
    this.#flushLater();
  }

  /** What has been noted and may not be stored yet. */
  get(name: string): Value | undefined {
    return this.#unwritten.get(name) ?? this.#writing.get(name);
  }

  /** All of it. */
  noted(): ReadonlyMap<string, Value> {
    return new Map([...this.#writing, ...this.#unwritten]);
  }

  /** Writes what has been noted. Never rejects. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write());
    return this.#flushing;
  }

  /** Writes the rest; what can't be written now is lost with the process, and the log says so. */
  async stop(): Promise<void> {
    await this.flush();
    clearTimeout(this.#timer);
    const lost = this.#unwritten.size;
    if (lost > 0) this.#options.log.error({ lost }, `${this.#options.what} were not written`);
  }

  #flushLater(): void {
    this.#timer ??= setTimeout(() => void this.flush(), this.#options.intervalMs).unref();
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#unwritten.size === 0) return;
    this.#writing = this.#unwritten;
    this.#unwritten = new Map();
    try {
      await this.#options.write(this.#writing);
    } catch (error) {
      const { log, what } = this.#options;
      log.error({ err: error }, `${what} could not be written; will retry`);
      this.#unwritten = new Map([...this.#writing, ...this.#unwritten]);
      this.#flushLater();
    }
    this.#writing = new Map();
  }
}
