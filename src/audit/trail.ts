import { join } from 'node:path';
import { ExclusiveLock } from '../db/exclusive-lock.js';
import { ownDirectory } from '../db/private-files.js';
import { toLine } from './line.js';
import type { AuditRecord } from './record.js';
import { type LineWitness, TrailWriter, type TrailWriterOptions } from './trail-writer.js';

export interface AuditTrailOptions extends Omit<TrailWriterOptions, 'witness'> {
  /** Opens what binds the records to each other, once the directory is this trail's. */
  readonly chain?: (dir: string) => Promise<TrailChain>;
}

/** Binds the records of a trail. */
export interface TrailChain extends LineWitness {
  /** After the last record. */
  close(): Promise<void>;
}

/** A record was not appended: too many wait, or the trail is closed. */
export class AuditTrailError extends Error {
  override readonly name = 'AuditTrailError';
}

/** Records waiting for the disk, in UTF-16 code units: some 16,000 ordinary ones. */
const MAX_QUEUED = 16 * 1024 * 1024;

/** How long it can go unnoticed that nothing could be written, while nothing is. */
const LOOK_EVERY_MS = 1000;

/** Held while the trail is open. */
const LOCK_NAME = '.appender';

/**
 * Appends audit records to `<dir>/<YYYY-MM-DD>[.n].jsonl` (0600), one JSON line each, with a new
 * file for every UTC day and when a file is full. A directory has one appender.
 *
 * All records of one turn of the event loop, or of the time that the previous write takes, share
 * one write. When it fails each of them is rejected, and the next write tries the disk afresh.
 */
export class AuditTrail {
  readonly #writer: TrailWriter;
  readonly #lock: ExclusiveLock;
  readonly #chain: TrailChain | undefined;
  #pending: Batch | undefined;
  #queued = 0;
  #draining: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  readonly #looking: NodeJS.Timeout;

  private constructor(writer: TrailWriter, lock: ExclusiveLock, chain: TrailChain | undefined) {
    this.#writer = writer;
    this.#lock = lock;
    this.#chain = chain;
    this.#looking = setInterval(() => this.#writer.look(), LOOK_EVERY_MS).unref();
  }

  /**
   * Makes the directory (0700) if need be, takes it, and opens the file for the present, so that a
   * trail that can't be written stops the start.
   * @throws LockedError when another trail has the directory; StartError when others can change
   * what is in it; else the file system's error.
   */
  static async open(options: AuditTrailOptions): Promise<AuditTrail> {
    await ownDirectory(options.dir);
    const lock = await ExclusiveLock.acquire(join(options.dir, LOCK_NAME), 0);
    let chain: TrailChain | undefined;
    let writer: TrailWriter | undefined;
    try {
      chain = await options.chain?.(options.dir);
      writer = new TrailWriter({ ...options, ...(chain && { witness: chain }) });
      await writer.open();
    } catch (error) {
      await writer?.close();
      await chain?.close();
      await lock.release();
      throw error;
    }
    return new AuditTrail(writer, lock, chain);
  }

  /** Whether a record would be taken now, as far as can be known without writing one. */
  get usable(): boolean {
    return !this.#closing && this.#writer.usable;
  }

  /**
   * Resolves when all the records are in the file, by one write. After a rejection none is, unless a
   * failing disk refused to give back what it had taken.
   * @throws AuditTrailError when too much is queued or the trail is closed; RangeError when a record
   * can't be made to fit a line; else the file system's error.
   */
  append(...records: readonly AuditRecord[]): Promise<void> {
    let lines = '';
    try {
      for (const record of records) lines += toLine(record);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.appendLines(lines);
  }

  /** The same for records that are lines already. @param lines of `toLine` */
  appendLines(lines: string): Promise<void> {
    if (this.#closing) return Promise.reject(new AuditTrailError('the audit trail is closed'));
    if (this.#queued + lines.length > MAX_QUEUED) {
      return Promise.reject(new AuditTrailError('too many audit records wait for the disk'));
    }
    this.#queued += lines.length;
    this.#pending ??= new Batch();
    this.#pending.text += lines;
    this.#draining ??= this.#drain();
    return this.#pending.written;
  }

  /** Writes what is queued, then gives the directory back. Later appends are rejected. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#looking);
    await this.#draining;
    await this.#writer.close();
    await this.#chain?.close();
    await this.#lock.release();
  }

  async #drain(): Promise<void> {
    // Everything that this turn of the event loop appends goes into the first write.
    await new Promise((resolve) => setImmediate(resolve));
    for (let batch = this.#pending; batch !== undefined; batch = this.#pending) {
      this.#pending = undefined;
      await this.#write(batch);
      this.#queued -= batch.text.length;
    }
    this.#draining = undefined;
  }

  async #write(batch: Batch): Promise<void> {
    try {
      await this.#writer.write(Buffer.from(batch.text));
    } catch (error) {
      batch.reject(error);
      return;
    }
    batch.resolve();
  }
}

/** Records that share one write and its outcome. */
class Batch {
  text = '';
  readonly written: Promise<void>;
  resolve!: () => void;
  reject!: (cause: unknown) => void;

  constructor() {
    this.written = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}
