import { accessSync, constants, statfsSync } from 'node:fs';
import type { Log } from '../observe/log.js';
import { TrailFile } from './trail-file.js';
import {
  formatFileName,
  listTrailFiles,
  storedTrailFiles,
  type TrailFileName,
} from './trail-files.js';

/** Learns of every line of the trail what binds it to the others. */
export interface LineWitness {
  /**
   * Lines will follow at the end of this file.
   * @param afterFailure what the file has beyond its last line may be of a write that failed
   */
  opened(file: string, size: number, afterFailure: boolean): Promise<void>;
  /** Whole lines, which the file has now, behind what it had. */
  wrote(lines: Buffer): void;
  /** Resolves when there is room for more. @throws when there is none, and why */
  room(): Promise<void> | undefined;
}

export interface TrailWriterOptions {
  readonly dir: string;
  /** A file that has reached this size is followed by a new one. One write is never split. */
  readonly maxFileBytes: number;
  /** Milliseconds since the epoch; decides which file a record goes to. */
  readonly now: () => number;
  readonly log: Log;
  /** Whether records must be on the disk, not just written. Default false. */
  readonly fsync?: boolean;
  /** Without one the files are bound to nothing. */
  readonly witness?: LineWitness;
}

/** A disk with less room is as good as full. */
const MIN_ROOM_BYTES = 1024 * 1024;

/** Chooses the file for each write of the trail: by UTC day, by size, and afresh after a failure. */
export class TrailWriter {
  readonly #options: TrailWriterOptions;
  #file: TrailFile | undefined;
  #failing = false;
  /** Nobody knows what the last write has left in its file. */
  #uncertain = false;

  constructor(options: TrailWriterOptions) {
    this.#options = options;
  }

  /** Mends the newest file if a crash has cut its last line short, and opens the present one. */
  async open(): Promise<void> {
    const newest = (await listTrailFiles(this.#options.dir)).at(-1);
    if (newest !== undefined) await this.#openFile(newest);
    await this.#fileFor(0);
  }

  /** Whether the last write, or look, found nothing amiss. */
  get usable(): boolean {
    return !this.#failing;
  }

  /** Looks whether the disk would take a write, and writes nothing. */
  look(): void {
    try {
      accessSync(this.#options.dir, constants.W_OK);
      const { bavail, bsize } = statfsSync(this.#options.dir);
      if (bavail * bsize < MIN_ROOM_BYTES) throw new Error('the disk of the audit trail is full');
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#recover();
  }

  /**
   * Appends whole lines with one write, to a file that is still where it was when it has them. After a
   * failure the next call opens its file afresh.
   * @throws the file system's error; it is logged once for a row of failures.
   */
  async write(lines: Buffer): Promise<void> {
    try {
      if (!(await this.#append(lines))) await this.#append(lines);
    } catch (error) {
      this.#uncertain = true;
      this.#fail(error);
      await this.#closeQuietly();
      throw error;
    }
    this.#recover();
  }

  /** @returns whether the file was still in its place afterwards; otherwise it is closed */
  async #append(lines: Buffer): Promise<boolean> {
    const { witness, fsync = false } = this.#options;
    const waiting = witness?.room();
    if (waiting) await waiting;
    const file = await this.#fileFor(lines.length);
    await file.append(lines, fsync);
    // Also of a file that was removed: that records are missing then is to be seen.
    witness?.wrote(lines);
    if (file.isInPlace()) return true;
    this.#options.log.error({ file: file.path }, 'an audit file was removed while in use');
    await this.close();
    return false;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #fileFor(bytes: number): Promise<TrailFile> {
    const day = new Date(this.#options.now()).toISOString().slice(0, 10);
    if (this.#file !== undefined && this.#file.name.day !== day) await this.close();
    let file = this.#file ?? (await this.#openFile(await this.#newestOf(day)));
    while (file.size > 0 && file.size + bytes > this.#options.maxFileBytes) {
      file = await this.#openFile({ day, part: file.name.part + 1 });
    }
    return file;
  }

  async #newestOf(day: string): Promise<TrailFileName> {
    const files = await storedTrailFiles(this.#options.dir);
    const newest = files.findLast(({ name }) => name.day === day);
    if (!newest) return { day, part: 0 };
    return newest.compressed ? { day, part: newest.name.part + 1 } : newest.name;
  }

  async #openFile(name: TrailFileName): Promise<TrailFile> {
    await this.close();
    const file = await TrailFile.open(this.#options.dir, name);
    this.#file = file;
    await this.#options.witness?.opened(formatFileName(name), file.size, this.#uncertain);
    this.#uncertain = false;
    if (file.wasTorn) {
      this.#options.log.warn({ file: file.path }, 'an audit file ended within a line');
    }
    return file;
  }

  #fail(error: unknown): void {
    if (!this.#failing)
      this.#options.log.error({ err: error }, 'the audit trail cannot be written');
    this.#failing = true;
  }

  #recover(): void {
    if (this.#failing) this.#options.log.info({}, 'the audit trail can be written again');
    this.#failing = false;
  }

  async #closeQuietly(): Promise<void> {
    try {
      await this.close();
    } catch (closeError) {
      this.#options.log.warn({ err: closeError }, 'an audit file could not be closed');
    }
  }
}
