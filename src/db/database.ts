/**
 * The one way to the database: knex over SQLite, or PostgreSQL where one machine is not enough. SQL
 * here and in the repositories is what both understand; what differs is in `dialects/`.
 */
import type { Knex } from 'knex';
import { DIALECTS, dialectOf, dialectOfClient } from './dialects/index.js';
import { LEASE_MS } from './memory-lease.js';
import { migrations } from './migrations/index.js';

export type Database = Knex;

/** Knex's own table of what it has done. */
const MIGRATIONS = 'knex_migrations';

export interface DatabaseOptions {
  /** `sqlite:<path>` or `postgres://…`. */
  readonly url: string;
}

/** Opens the database and changes nothing in it. */
export function openDatabase({ url }: DatabaseOptions): Promise<Database> {
  return dialectOf(url).open(url);
}

/**
 * Looks whether what is stored is whole, as far as a start has time for that.
 * @throws Error with the code SQLITE_CORRUPT
 */
export async function requireWhole(database: Database): Promise<void> {
  const fault = await dialectOfClient(database.client.config.client).fault(database);
  if (fault !== undefined) throw Object.assign(new Error(fault), { code: 'SQLITE_CORRUPT' });
}

/**
 * A connection of its own for the change feed, so that no other work holds up the question whether
 * memory is still right.
 */
export function openFeedConnection({ url }: DatabaseOptions): Promise<Database> {
  return dialectOf(url).open(url, { max: 1, patienceMs: LEASE_MS });
}

/** Whether opening this database would make a new one. */
export function isMissing({ url }: DatabaseOptions): boolean {
  return dialectOf(url).isMissing(url);
}

/** The file that is this database; undefined where it is no file. */
export function fileOf({ url }: DatabaseOptions): string | undefined {
  return dialectOf(url).fileOf(url);
}

/** Whether a call failed since the database couldn't be reached or couldn't work, and not for its own sake. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // No connection came free in time.
  return error.name === 'KnexTimeoutError' || DIALECTS.some((dialect) => dialect.isAway(error));
}

/** Brings the schema up to date; of servers that start at once, one does. */
export async function migrate(database: Database): Promise<void> {
  await dialectOfClient(database.client.config.client).alone(database, async () => {
    await database.migrate.latest({ migrationSource: migrations });
  });
}

/** Gives a new database the schema that one with exactly these migrations has. */
export async function migrateTo(database: Database, names: readonly string[]): Promise<void> {
  const wanted = await migrations.getMigrations([]);
  const migrationSource = {
    ...migrations,
    getMigrations: async () => wanted.filter(({ name }) => names.includes(name)),
  };
  await database.migrate.latest({ migrationSource });
}

/** Names of the migrations that the database has had, in their order; of an empty one none. */
export async function migrationsOf(database: Knex): Promise<string[]> {
  if (!(await database.schema.hasTable(MIGRATIONS))) return [];
  const rows = await database(MIGRATIONS).orderBy('id').select('name');
  return rows.map(({ name }) => String(name));
}

/** Those of these migrations that this version doesn't know: a newer one has made them. */
export async function unknownMigrations(names: readonly string[]): Promise<string[]> {
  const known = new Set((await migrations.getMigrations([])).map(({ name }) => name));
  return names.filter((name) => !known.has(name));
}

/** A transaction that reads all as it is now, whatever others write meanwhile. */
export async function snapshot(
  database: Database,
): Promise<{ readonly transaction: Knex.Transaction; readonly end: () => Promise<void> }> {
  const { readOnce } = dialectOfClient(database.client.config.client);
  const transaction = await database.transaction(null, readOnce);
  return {
    transaction,
    end: async () => {
      await transaction.rollback();
    },
  };
}

/** The rows of a table, in pages of at most `size`. */
export function pagesOf(
  transaction: Knex.Transaction,
  table: string,
  size: number,
): AsyncGenerator<readonly Record<string, unknown>[]> {
  return dialectOfClient(transaction.client.config.client).pages(transaction, table, size);
}

/** Has the database go on after the highest number where rows were inserted with theirs. */
export function continueNumbers(
  transaction: Knex.Transaction,
  table: string,
  column: string,
): Promise<void> {
  const dialect = dialectOfClient(transaction.client.config.client);
  return dialect.continueNumbers(transaction, table, column);
}

/**
 * Lets transactions that change this table run one after the other, for rules over several rows that
 * no constraint can say.
 */
export function lockTable(transaction: Knex.Transaction, table: string): Promise<void> {
  return dialectOfClient(transaction.client.config.client).lockTable(transaction, table);
}

/** A column of text that is compared and ordered by its octets, in SQL. */
export function byOctets(database: Knex, column: string): string {
  return `${column} ${dialectOfClient(database.client.config.client).byOctets}`;
}

/**
 * SQLite refuses at once, without its busy time-out, to turn a transaction that has read into one
 * that writes when another process has written meanwhile. One that writes first waits for its turn.
 */
export async function becomeWriter(transaction: Knex.Transaction): Promise<void> {
  const noRow = { seq: 0 };
  await transaction('changes').where(noRow).delete();
}
