/** Removes the rows of the change feed that every server has seen, or will not ask for again. */
import { HOUR_MS } from '../kernel/time.js';
import type { FeedPosition } from './dialects/dialect.js';

/** Rows are kept so long after a look has seen them; who didn't look for half of it drops everything. */
export const KEEP_MS = HOUR_MS;
const PRUNE_EVERY_MS = 10 * 60 * 1000;

interface Mark {
  readonly position: FeedPosition;
  readonly at: number;
}

export class FeedPruner {
  /** Where looks ended, oldest first: a handful. */
  #marks: readonly Mark[] = [];

  /**
   * Notes where a look ended.
   * @param at monotonic milliseconds
   * @returns the end of a look an hour ago or more: what it saw may go. Undefined: there is nothing to do
   */
  note(position: FeedPosition, at: number): FeedPosition | undefined {
    const newest = this.#marks.at(-1);
    if (newest && at - newest.at < PRUNE_EVERY_MS) return undefined;
    const old = this.#marks.findLast((mark) => at - mark.at > KEEP_MS);
    this.#marks = [...this.#marks.filter((mark) => at - mark.at <= KEEP_MS), { position, at }];
    return old?.position;
  }
}
