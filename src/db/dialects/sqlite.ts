/** SQLite: WAL, synchronous FULL (a commit survives a power cut), foreign keys on. */
import { constants, existsSync } from 'node:fs';
import knex, { type Knex } from 'knex';
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
  async open(url, pool) {
    const filename = url.slice(SCHEME.length);
    await (await openOwn(filename, APPEND)).close();
    // One connection: SQLite has one writer, and knex's transactions then never collide.
    const writer = connect(filename, 1, PRAGMAS);
    if (pool === undefined) readBeside(writer, connect(filename, READERS, READER_PRAGMAS));
    return writer;
  },

  async fault(database) {
    const [size] = await database.raw(SIZE);
    if (size.bytes > MOST_CHECKED_BYTES) return undefined;
    const [found] = await database.raw('PRAGMA quick_check(1)');
    return found.quick_check === 'ok' ? undefined : found.quick_check;
  },

  // There is one connection, and a second server waits for the file.
  alone: (_database, work) => work(),

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

/** Of more than this the check takes longer than a start should. */
const MOST_CHECKED_BYTES = 256 * 2 ** 20;
const SIZE = 'SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()';

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

const PRAGMAS = [
  `busy_timeout = ${BUSY_TIMEOUT_MS}`,
  'journal_mode = WAL',
  'synchronous = FULL',
  'foreign_keys = ON',
  // What was deleted is overwritten, so that a sealed value doesn't outlive its row in the file.
  'secure_delete = ON',
];
const READER_PRAGMAS = [...PRAGMAS, 'query_only = ON'];
const READERS = 2;

interface Connection {
  exec(sql: string, done: (error: Error | null) => void): void;
}

type Configured = (error: Error | null, connection: Connection) => void;

function connect(filename: string, max: number, pragmas: readonly string[]): Knex {
  const statements = pragmas.map((pragma) => `PRAGMA ${pragma}`).join('; ');
  const afterCreate = (connection: Connection, done: Configured) =>
    connection.exec(statements, (error) => done(error, connection));
  return knex({
    client: 'sqlite3',
    compileSqlOnError: false,
    log: SILENT,
    connection: { filename },
    useNullAsDefault: true,
    pool: { min: 1, max, afterCreate },
  });
}

/**
 * Queries outside transactions go to connections of their own: a WAL's readers wait for no writer, neither
 * for one in another process nor for ours, which may be waiting for that.
 */
function readBeside(writer: Knex, readers: Knex): void {
  const { client } = writer;
  const { runner, destroy } = client;
  // Knex makes the clients of transactions from the class, not from this one: they stay as they are.
  const reading = Object.create(client, {
    acquireConnection: { value: () => readers.client.acquireConnection() },
    releaseConnection: { value: (used: unknown) => readers.client.releaseConnection(used) },
  });
  client.runner = (builder: { readonly _method?: string }) => {
    const made = runner.call(client, builder);
    if (QUERIES.has(builder._method)) made.client = reading;
    return made;
  };
  client.destroy = async (...given: unknown[]) => {
    await readers.destroy();
    await destroy.apply(client, given);
  };
}

/** Knex's names of what only reads. */
const QUERIES: ReadonlySet<string | undefined> = new Set(['select', 'first', 'pluck']);
