import { constants } from 'node:fs';
import { promisify } from 'node:util';
import sqlite3 from 'sqlite3';
import { checkOwn, openOwn } from './private-files.js';

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/** Another process holds the lock. */
export class LockedError extends Error {
  override readonly name = 'LockedError';
}

/**
 * A lock between processes: SQLite's lock on an empty database. The kernel drops it when its holder
 * dies, however it dies, so it can't be left behind.
 */
export class ExclusiveLock {
  readonly #database: sqlite3.Database;

  private constructor(database: sqlite3.Database) {
    this.#database = database;
  }

  /**
   * @param waitMs how long to wait for another holder to let go.
   * @throws LockedError when it still holds the lock after that; StartError when the file isn't ours alone.
   */
  static async acquire(file: string, waitMs: number): Promise<ExclusiveLock> {
    await makeFile(file);
    const database = await openDatabase(file);
    const lock = new ExclusiveLock(database);
    database.configure('busyTimeout', waitMs);
    try {
      await promisify<string, void>(database.exec.bind(database))('BEGIN EXCLUSIVE');
    } catch (error) {
      await lock.release();
      throw isBusy(error) ? new LockedError(`another process holds ${file}`) : error;
    }
    return lock;
  }

  async release(): Promise<void> {
    await promisify<void>(this.#database.close.bind(this.#database))();
  }
}

/**
 * Makes the file for its owner alone. One that exists is looked at and left unopened: closing it would drop a lock
 * that this very process holds on it (POSIX, fcntl).
 */
async function makeFile(file: string): Promise<void> {
  try {
    await (await openOwn(file, NEW)).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    await checkOwn(file);
  }
}

function openDatabase(file: string): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file, (error) =>
      error === null ? resolve(database) : reject(error),
    );
  });
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY';
}
