/** SQLite: WAL, synchronous FULL (a commit survives a power cut), foreign keys on. */
import { constants, existsSync } from 'node:fs';
import knex from 'knex';
import { openOwn } from '../private-files.js';
import type { Dialect } from './dialect.js';
import { SILENT } from './silent.js';

const SCHEME = 'sqlite:';
const APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY;

/** Milliseconds that a writer waits for another process before it gives up. */
const BUSY_TIMEOUT_MS = 5000;

export const sqlite: Dialect = {
  client: 'sqlite3',
  schemes: [SCHEME],

  isMissing: (url) => !existsSync(url.slice(SCHEME.length)),

  /** `sqlite:<path>`; a file that doesn't exist yet is made, 0600, and one that isn't ours alone refused. */
  async open(url) {
    const filename = url.slice(SCHEME.length);
    await (await openOwn(filename, APPEND)).close();
    return knex({
      client: 'sqlite3',
      compileSqlOnError: false,
      log: SILENT,
      connection: { filename },
      useNullAsDefault: true,
      // One connection: SQLite has one writer, and knex's transactions then never collide.
      pool: { min: 1, max: 1, afterCreate: configure },
    });
  },

  // There is one writer anyway.
  async lockTable() {},
};

interface Connection {
  exec(sql: string, done: (error: Error | null) => void): void;
}

function configure(
  connection: Connection,
  done: (error: Error | null, connection: Connection) => void,
): void {
  const pragmas = [
    `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`,
    'PRAGMA journal_mode = WAL',
    'PRAGMA synchronous = FULL',
    'PRAGMA foreign_keys = ON',
    // What was deleted is overwritten, so that a sealed value doesn't outlive its row in the file.
    'PRAGMA secure_delete = ON',
  ];
  connection.exec(pragmas.join('; '), (error) => done(error, connection));
}
