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
  byOctets: 'COLLATE BINARY',

  isAway: ({ code }) => AWAY.test(String(code)),

  isMissing: (url) => !existsSync(url.slice(SCHEME.length)),

  fileOf: (url) => url.slice(SCHEME.length),

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

  readOnce: {},

  async *pages(transaction, table, size) {
    const pick = transaction.raw('rowid AS "page row"');
    for (let last = Number.MIN_SAFE_INTEGER; ; ) {
      const rows = await transaction(table)
        .select('*', pick)
        .where('rowid', '>', last)
        .orderBy('rowid')
        .limit(size);
      if (rows.length === 0) return;
      last = Number(rows.at(-1)?.['page row']);
      yield rows.map(({ 'page row': _, ...row }) => row);
    }
  },

  // It looks at the highest there is by itself.
  async continueNumbers() {},

  // One writer gives the numbers, too: they are in the order of the commits, and none is given twice.
  async orderChanges() {},

  async look(database, since, limit, timeoutMs) {
    const before = Number(since ?? 0);
    const rows: readonly LookRow[] = await database
      .raw(since === undefined ? FIRST_LOOK : LOOK, since === undefined ? {} : { before, limit })
      .timeout(timeoutMs);
    const last = Math.max(before, rows[0]?.last ?? 0);
    return {
      rows: rows.flatMap(({ seq, kind, ref }) => (seq ? [{ seq: String(seq), kind, ref }] : [])),
      position: String(last),
      continued: true,
      elapsedMs: 0,
    };
  },

  async pruneChanges(database, seen, createdBefore) {
    await database('changes')
      .where('seq', '<=', Number(seen))
      .andWhere('created_at', '<', createdBefore)
      .delete();
  },
};

const FIRST_LOOK = 'SELECT max(seq) AS last FROM changes';
/** One statement, so that the last number is of the same moment as the rows. */
const LOOK = `
  SELECT (SELECT max(seq) FROM changes) AS last, changes.seq, changes.kind, changes.ref
  FROM (SELECT 1) AS once LEFT JOIN changes ON changes.seq > :before
  ORDER BY changes.seq LIMIT :limit`;

interface LookRow {
  readonly last: number | null;
  readonly seq: number | null;
  readonly kind: string;
  readonly ref: string;
}

/** The file or its disk: locked by another process, unreadable, read-only or full. */
const AWAY = /^SQLITE_(BUSY|CANTOPEN|FULL|IOERR|LOCKED|READONLY)/;

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
