/**
 * The one way to the database: knex over SQLite, or PostgreSQL where one machine is not enough. SQL
 * here and in the repositories is what both understand.
 */
import { chmod, open } from 'node:fs/promises';
import knex, { type Knex } from 'knex';
import { migrations } from './migrations/index.js';

export type Database = Knex;

/** Milliseconds that a SQLite writer waits for another process before it gives up. */
const BUSY_TIMEOUT_MS = 5000;

export interface DatabaseOptions {
  /** `sqlite:<path>` or `postgres://…`. */
  readonly url: string;
}

/**
 * Opens the database and changes nothing in it. A SQLite file that doesn't exist yet is made, 0600.
 * SQLite: WAL, synchronous FULL (a commit survives a power cut), foreign keys on.
 */
export async function openDatabase({ url }: DatabaseOptions): Promise<Database> {
  if (!url.startsWith('sqlite:')) {
    return knex({
      client: 'pg',
      compileSqlOnError: false,
      connection: url,
      pool: { min: 0, max: 10 },
    });
  }
  const filename = url.slice('sqlite:'.length);
  await (await open(filename, 'a', 0o600)).close();
  await chmod(filename, 0o600);
  return knex({
    client: 'sqlite3',
    compileSqlOnError: false,
    connection: { filename },
    useNullAsDefault: true,
    // One connection: SQLite has one writer, and knex's transactions then never collide.
    pool: { min: 1, max: 1, afterCreate: configureSqlite },
  });
}

/** Brings the schema up to date. */
export async function migrate(database: Database): Promise<void> {
  await database.migrate.latest({ migrationSource: migrations });
}

/**
 * Lets transactions that change this table run one after the other, for rules over several rows that
 * no constraint can say. SQLite has one writer anyway.
 */
export async function lockTable(transaction: Knex.Transaction, table: string): Promise<void> {
  if (transaction.client.config.client !== 'pg') return;
  await transaction.raw('LOCK TABLE ?? IN SHARE ROW EXCLUSIVE MODE', [table]);
}

interface SqliteConnection {
  exec(sql: string, done: (error: Error | null) => void): void;
}

function configureSqlite(
  connection: SqliteConnection,
  done: (error: Error | null, connection: SqliteConnection) => void,
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
