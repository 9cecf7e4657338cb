import type { Buffer } from 'node:buffer';

const MEMBER = '"eventID":"';
const ID_CHARS = 36;
/** A record that a killed server has written is written again when it starts: not long afterwards. */
const REMEMBERED = 20_000;

/** Counts records that were written twice: with the same event id, after a crash. */
export class Repeats {
  #recent = new Set<string>();
  #older = new Set<string>();
  count = 0;

  note(line: Buffer): void {
    // A member of the caller's own stands before it.
    const at = line.lastIndexOf(MEMBER);
    if (at === -1) return;
    const start = at + MEMBER.length;
    const id = line.toString('latin1', start, start + ID_CHARS);
    if (this.#recent.has(id) || this.#older.has(id)) this.count += 1;
    this.#recent.add(id);
    if (this.#recent.size < REMEMBERED) return;
    this.#older = this.#recent;
    this.#recent = new Set();
  }
}
