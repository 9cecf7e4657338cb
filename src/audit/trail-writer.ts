import type { Log } from '../observe/log.js';
import { TrailFile } from './trail-file.js';
import { listTrailFiles, type TrailFileName } from './trail-files.js';

export interface TrailWriterOptions {
  readonly dir: string;
  /** A file that has reached this size is followed by a new one. One write is never split. */
  readonly maxFileBytes: number;
  /** Milliseconds since the epoch; decides which file a record goes to. */
  readonly now: () => number;
  readonly log: Log;
  /** Whether records must be on the disk, not just written. Default false. */
  readonly fsync?: boolean;
}

/** How long a file that somebody removed from under us can go unnoticed. */
const PLACE_CHECK_MS = 1000;

/** Chooses the file for each write of the trail: by UTC day, by size, and afresh after a failure. */
export class TrailWriter {
  readonly #options: TrailWriterOptions;
  #file: TrailFile | undefined;
  #checkedAt = 0;
  #failing = false;

  constructor(options: TrailWriterOptions) {
    this.#options = options;
  }

  /** Mends the newest file if a crash has cut its last line short, and opens the present one. */
  async open(): Promise<void> {
    const newest = (await listTrailFiles(this.#options.dir)).at(-1);
    if (newest !== undefined) await this.#openFile(newest);
    await this.#fileFor(0);
  }

  /**
   * Appends whole lines with one write. After a failure the next call opens its file afresh.
   * @throws the file system's error; it is logged once for a row of failures.
   */
  async write(lines: Buffer): Promise<void> {
    try {
      const file = await this.#fileFor(lines.length);
      await file.append(lines, this.#options.fsync ?? false);
    } catch (error) {
      await this.#noteFailure(error);
      throw error;
    }
    if (this.#failing) this.#options.log.info({}, 'the audit trail can be written again');
    this.#failing = false;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #fileFor(bytes: number): Promise<TrailFile> {
    const now = this.#options.now();
    const day = new Date(now).toISOString().slice(0, 10);
    if (this.#file !== undefined && !(await this.#isStillRight(this.#file, day, now))) {
      await this.close();
    }
    let file = this.#file ?? (await this.#openFile(await this.#newestOf(day)));
    while (file.size > 0 && file.size + bytes > this.#options.maxFileBytes) {
      file = await this.#openFile({ day, part: file.name.part + 1 });
    }
    return file;
  }

  /** Whether the open file is of this day and still where it was. */
  async #isStillRight(file: TrailFile, day: string, now: number): Promise<boolean> {
    if (file.name.day !== day) return false;
    if (Math.abs(now - this.#checkedAt) < PLACE_CHECK_MS) return true;
    this.#checkedAt = now;
    if (await file.isInPlace()) return true;
    this.#options.log.error({ file: file.path }, 'an audit file was removed while in use');
    return false;
  }

  async #newestOf(day: string): Promise<TrailFileName> {
    const files = await listTrailFiles(this.#options.dir);
    return files.findLast((file) => file.day === day) ?? { day, part: 0 };
  }

  async #openFile(name: TrailFileName): Promise<TrailFile> {
    await this.close();
    const file = await TrailFile.open(this.#options.dir, name);
    this.#file = file;
    this.#checkedAt = this.#options.now();
    if (file.wasTorn) {
      this.#options.log.warn({ file: file.path }, 'an audit file ended within a line');
    }
    return file;
  }

  async #noteFailure(error: unknown): Promise<void> {
    if (!this.#failing)
      this.#options.log.error({ err: error }, 'the audit trail cannot be written');
    this.#failing = true;
    try {
      await this.close();
    } catch (closeError) {
      this.#options.log.warn({ err: closeError }, 'an audit file could not be closed');
    }
  }
}
