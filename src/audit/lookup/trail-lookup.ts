/**
 * Looks records up in a trail, the newest first, a page at a time: a page ends when it is full or when
 * enough has been read for it, and the next one goes on there.
 */
import { linesBackwards, linesForwards, openStored, type StoredLine } from '../stored-lines.js';
import {
  inOrder,
  type StoredTrailFile,
  storedTrailFiles,
  type TrailFileName,
} from '../trail-files.js';

/** What a page reads of files that aren't compressed, in octets. */
const MAX_READ_BYTES = 16 * 1024 * 1024;
/** What a page's records have, in octets, but for the last of them. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
/** Lines of a compressed file that are kept while it is read, since only its end is wanted. */
const MAX_CANDIDATES = 200;

/** A place in a trail: what stands before it is older. */
export interface TrailPlace {
  readonly name: TrailFileName;
  /** In octets of the file before it was compressed; infinite: its end. */
  readonly offset: number;
}

export interface LookupQuestion<Item> {
  /** Undefined for the newest. */
  readonly from: TrailPlace | undefined;
  /** Of these UTC days, `YYYY-MM-DD`, files are read. */
  readonly firstDay: string;
  readonly lastDay: string;
  readonly limit: number;
  /** Whether a line may be wanted: asked of every line, and cheap. */
  readonly mayBe: (line: Buffer) => boolean;
  /** What it is, if it is wanted. */
  readonly read: (line: Buffer) => Item | undefined;
  /** Asked once for some hundred kilobytes. @throws what ends the lookup */
  readonly goOn: () => void;
}

export interface LookupPage<Item> {
  /** The record that was written last is the first. */
  readonly items: readonly Item[];
  /** Where the next page begins; undefined when there is nothing before it. */
  readonly next: TrailPlace | undefined;
}

export class TrailLookup {
  readonly #dir: string;

  /** @param dir the trail's */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /**
   * Reads at most some 16 MiB, or one compressed file, which has to be read from its beginning.
   * @throws the file system's error
   */
  async page<Item>(question: LookupQuestion<Item>): Promise<LookupPage<Item>> {
    const page = new Page(question);
    for (const file of (await storedTrailFiles(this.#dir)).reverse()) {
      const { name, compressed } = file;
      const before = endIn(file, question);
      if (before === 0) continue;
      if (page.isFull || (compressed && page.hasRead)) {
        return { items: page.items, next: { name, offset: before } };
      }
      const offset = compressed
        ? await page.readCompressed(file, before)
        : await page.readPlain(file, before);
      if (offset > 0) return { items: page.items, next: { name, offset } };
    }
    return { items: page.items, next: undefined };
  }
}

/** Before which offset lines of a file are asked for; 0 when none are. */
function endIn<Item>({ name }: StoredTrailFile, question: LookupQuestion<Item>): number {
  const { from, firstDay, lastDay } = question;
  if (name.day < firstDay || name.day > lastDay) return 0;
  const order = from ? inOrder(name, from.name) : -1;
  if (from && order === 0) return from.offset;
  return order < 0 ? Number.POSITIVE_INFINITY : 0;
}

/** A page as far as it has come. */
class Page<Item> {
  readonly items: Item[] = [];
  readonly #question: LookupQuestion<Item>;
  #bytes = 0;
  #read = 0;

  constructor(question: LookupQuestion<Item>) {
    this.#question = question;
  }

  get isFull(): boolean {
    return (
      this.items.length >= this.#question.limit ||
      this.#bytes >= MAX_PAGE_BYTES ||
      this.#read >= MAX_READ_BYTES
    );
  }

  get hasRead(): boolean {
    return this.#read > 0;
  }

  /** @returns before which offset it has not looked; 0 when it has looked at everything */
  async readPlain(file: StoredTrailFile, before: number): Promise<number> {
    // It has been compressed since the directory was read: the next page sees that.
    const handle = await openStored(file).catch(unlessMissing);
    if (!handle) return before;
    try {
      const { size } = await handle.stat();
      let from = Math.min(before, size);
      for await (const step of linesBackwards(handle, from)) {
        this.#question.goOn();
        for (const line of step.lines) {
          this.#take(line);
          if (this.isFull) return line.offset;
        }
        this.#read += from - step.before;
        from = step.before;
        if (this.isFull) return from;
      }
      return 0;
    } finally {
      await handle.close();
    }
  }

  /** The same for a file that must be read from its beginning. */
  async readCompressed(file: StoredTrailFile, before: number): Promise<number> {
    const { lines, all } = await this.#lastOf(file, before);
    for (const line of lines.reverse()) {
      this.#take(line);
      if (this.isFull) return line.offset;
    }
    // Those before the last ones were not kept.
    return all ? 0 : (lines.at(-1)?.offset ?? 0);
  }

  /** The last lines before an offset that may be wanted, and whether they are all. */
  async #lastOf(
    file: StoredTrailFile,
    before: number,
  ): Promise<{ lines: StoredLine[]; all: boolean }> {
    const lines: StoredLine[] = [];
    let bytes = 0;
    let all = true;
    for await (const step of linesForwards(file)) {
      this.#question.goOn();
      for (const { text, offset, end } of step) {
        if (offset >= before) return { lines, all };
        if (!this.#question.mayBe(text)) continue;
        lines.push({ text: Buffer.from(text), offset, end });
        bytes += text.length;
        while (lines.length > MAX_CANDIDATES || (bytes > MAX_PAGE_BYTES && lines.length > 1)) {
          bytes -= lines.shift()?.text.length ?? 0;
          all = false;
        }
      }
      this.#read += 1;
    }
    return { lines, all };
  }

  #take({ text }: StoredLine): void {
    const { mayBe, read } = this.#question;
    const item = mayBe(text) ? read(text) : undefined;
    if (item === undefined) return;
    this.items.push(item);
    this.#bytes += text.length;
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
