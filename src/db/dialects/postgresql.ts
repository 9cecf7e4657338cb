import knex, { type Knex } from 'knex';
import type { ConnectionPool, Dialect } from './dialect.js';
import { SILENT } from './silent.js';

const CONNECTIONS: ConnectionPool = { max: 10 };

/**
 * What a look sees, and of which run of which database server it is: where another took its place, even
 * behind a pooler, it may have given the same numbers to other transactions.
 */
const WHERE = `
  CAST(pg_postmaster_start_time() AS text) AS run, CAST(pg_current_snapshot() AS text) AS snapshot,
  CAST(extract(epoch FROM clock_timestamp()) * 1000 AS double precision) AS at`;

/**
 * Rows that the snapshot of the look before couldn't see, by their transactions (`xid`): a row is in
 * exactly one look, however late its transaction commits and whatever its number. A dump that was
 * restored elsewhere may have transactions of the future: those are none of this server's.
 */
const LOOK = `
  SELECT ${WHERE}, changes.seq, changes.kind, changes.ref
  FROM (SELECT 1) AS once LEFT JOIN changes
    ON changes.xid >= pg_snapshot_xmin(CAST(:since AS pg_snapshot))
    AND changes.xid < pg_snapshot_xmax(pg_current_snapshot())
    AND NOT pg_visible_in_snapshot(changes.xid, CAST(:since AS pg_snapshot))
  ORDER BY changes.seq LIMIT :limit`;

const PRUNE = `
  DELETE FROM changes WHERE created_at < :createdBefore
    AND (pg_visible_in_snapshot(xid, CAST(:seen AS pg_snapshot))
      OR xid >= pg_snapshot_xmax(pg_current_snapshot()))`;

/**
 * Of the network, of the driver, and SQLSTATE of connections that can't be had (08), of too few resources
 * (53) and of an operator's intervention (57P).
 */
const AWAY =
  /^(ECONN[A-Z]+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND|08...|53...|57P..)$/;
/** knex puts the statement that was under way before the driver's words. */
const CONNECTION_LOST = /(^| - )(Connection terminated|Client has encountered a connection error)/;

/** "strongro" in ASCII: other programs' advisory locks of the same database have other numbers. */
const ALONE = '8319400234579358319';

interface Position {
  readonly run: string;
  readonly snapshot: string;
  /** Epoch milliseconds by the database's clock. */
  readonly at: number;
}

interface LookRow extends Position {
  readonly seq: string | null;
  readonly kind: string;
  readonly ref: string;
}

export const postgresql: Dialect = {
  client: 'pg',
  schemes: ['postgres://', 'postgresql://'],
  byOctets: 'COLLATE "C"',

  isAway: ({ code, message }) => AWAY.test(String(code)) || CONNECTION_LOST.test(String(message)),

  isMissing: () => false,

  fileOf: () => undefined,

  async open(url, { max, patienceMs } = CONNECTIONS) {
    const patience =
      patienceMs === undefined
        ? {}
        : { acquireTimeoutMillis: patienceMs, createTimeoutMillis: patienceMs };
    return knex({
      client: 'pg',
      compileSqlOnError: false,
      log: SILENT,
      connection: url,
      pool: { min: 0, max, ...patience },
    });
  },

  // It checks its pages by itself as it reads them, where it was set up with checksums.
  async fault() {
    return undefined;
  },

  async alone(database, work) {
    // Held by a connection of its own: it goes with a server that is killed.
    await database.transaction(async (lock) => {
      await lock.raw('SELECT pg_advisory_xact_lock(?)', [ALONE]);
      await work();
    });
  },

  async lockTable(transaction, table) {
    await transaction.raw('LOCK TABLE ?? IN SHARE ROW EXCLUSIVE MODE', [table]);
  },

  readOnce: { isolationLevel: 'repeatable read', readOnly: true },

  async *pages(transaction, table, size) {
    await transaction.raw('DECLARE pages NO SCROLL CURSOR FOR SELECT * FROM ??', [table]);
    for (;;) {
      const { rows } = await transaction.raw(`FETCH ${size} FROM pages`);
      if (rows.length === 0) break;
      yield rows;
    }
    await transaction.raw('CLOSE pages');
  },

  async continueNumbers(transaction, table, column) {
    await transaction.raw(
      'SELECT setval(pg_get_serial_sequence(?, ?), max(??)) FROM ?? HAVING max(??) IS NOT NULL',
      [table, column, column, table, column],
    );
  },

  async orderChanges(database) {
    await database.schema.alterTable('changes', (table) => {
      table
        .specificType('xid', 'xid8')
        .notNullable()
        .defaultTo(database.raw('pg_current_xact_id()'));
      table.index(['xid']);
    });
  },

  async look(database, since, limit, timeoutMs) {
    const before: Position | undefined = since === undefined ? undefined : JSON.parse(since);
    const query = before
      ? database.raw(LOOK, { since: before.snapshot, limit })
      : database.raw(`SELECT ${WHERE}`);
    const { rows }: { rows: readonly LookRow[] } = await query.timeout(timeoutMs);
    const [first] = rows;
    if (!first) throw new Error('the change feed gave no snapshot');
    const { run, snapshot, at } = first;
    return {
      rows: rows.flatMap(({ seq, kind, ref }) => (seq ? [{ seq, kind, ref }] : [])),
      position: JSON.stringify({ run, snapshot, at } satisfies Position),
      continued: before === undefined || before.run === run,
      elapsedMs: before ? at - before.at : 0,
    };
  },

  async pruneChanges(database: Knex, seen, createdBefore) {
    const { snapshot }: Position = JSON.parse(seen);
    await database.raw(PRUNE, { seen: snapshot, createdBefore });
  },
};
