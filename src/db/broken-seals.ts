import type { Log } from '../observe/log.js';
import type { BrokenSeal } from './row-seals.js';

/** Rows that are named in the log, once each; of more there is the count alone. */
const MAX_NAMED = 1000;

/** The rows that were found not to be as they were written. */
export class BrokenSeals {
  readonly #log: Log;
  readonly #named = new Set<string>();
  #count = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** How often such a row was met since the start. */
  get count(): number {
    return this.#count;
  }

  note(broken: BrokenSeal): void {
    this.#count += 1;
    if (this.#named.has(broken.message) || this.#named.size >= MAX_NAMED) return;
    this.#named.add(broken.message);
    this.#log.error(
      { table: broken.table },
      `${broken.message}: somebody wrote to the database; what the row says is not followed`,
    );
  }
}
