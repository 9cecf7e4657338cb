import { constants, statSync, writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { openOwn } from '../db/private-files.js';
import { formatFileName, type TrailFileName } from './trail-files.js';

const NEWLINE = 0x0a;
const APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_RDWR;

/** One open file of the trail. It only ever grows by whole lines. */
export class TrailFile {
  readonly name: TrailFileName;
  readonly path: string;
  /** The file ended within a line, which a crash had cut short; the line has been ended since. */
  readonly wasTorn: boolean;
  readonly #handle: FileHandle;
  readonly #inode: bigint;
  #size: number;

  private constructor(
    name: TrailFileName,
    path: string,
    handle: FileHandle,
    opened: { inode: bigint; size: number; wasTorn: boolean },
  ) {
    this.name = name;
    this.path = path;
    this.wasTorn = opened.wasTorn;
    this.#handle = handle;
    this.#inode = opened.inode;
    this.#size = opened.size;
  }

  /** Opens or creates a file (0600), and ends its last line when a crash has cut it short. */
  static async open(dir: string, name: TrailFileName): Promise<TrailFile> {
    const path = join(dir, formatFileName(name));
    const handle = await openOwn(path, APPEND);
    try {
      const { size, ino } = await handle.stat({ bigint: true });
      const wasTorn = await endsWithinLine(handle, Number(size));
      if (wasTorn) writeAll(handle, Buffer.of(NEWLINE));
      const opened = { inode: ino, size: Number(size) + (wasTorn ? 1 : 0), wasTorn };
      return new TrailFile(name, path, handle, opened);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Bytes in the file. */
  get size(): number {
    return this.#size;
  }

  /**
   * Appends whole lines with one write. When that fails, whatever got into the file is taken out
   * again if the file system lets us; otherwise the next `open` ends the line that was cut.
   */
  async append(lines: Buffer, sync: boolean): Promise<void> {
    try {
      writeAll(this.#handle, lines);
      if (sync) await this.#handle.datasync();
    } catch (error) {
      await this.#takeBack(error);
      throw error;
    }
    this.#size += lines.length;
  }

  /** Whether the path still leads to this file: nobody has removed or replaced it. */
  isInPlace(): boolean {
    return statSync(this.path, { bigint: true, throwIfNoEntry: false })?.ino === this.#inode;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #takeBack(cause: unknown): Promise<void> {
    try {
      await this.#handle.truncate(this.#size);
    } catch (error) {
      throw new AggregateError([cause, error], 'audit write failed and could not be taken back');
    }
  }
}

async function endsWithinLine(handle: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  await handle.read(last, 0, 1, size - 1);
  return last[0] !== NEWLINE;
}

/**
 * One write. A short one means that the disk is full, so the rest isn't tried. It doesn't go through
 * Node's thread pool: the kernel takes some kilobytes into its cache in microseconds, while the way
 * to a thread and back was nearly half of what a lone call cost the server (docs/performance.md).
 */
function writeAll(handle: FileHandle, bytes: Buffer): void {
  const bytesWritten = writeSync(handle.fd, bytes);
  if (bytesWritten < bytes.length) {
    throw new Error(`short write: ${bytesWritten} of ${bytes.length} bytes`);
  }
}
