/** The rows of a database, out of it and into another one, of whichever kind. */
import type { Knex } from 'knex';
import {
  continueNumbers,
  type Database,
  migrateTo,
  migrationsOf,
  pagesOf,
  snapshot,
} from '../db/database.js';
import { SEALED_TABLES, UNSEALED_TABLES } from '../db/sealed-tables.js';
import { BackupError, type Header, type Item, type Row } from './format.js';

/** Other tables refer to these. */
const FIRST = ['custom_key_stores', 'keys'];
/** What tells servers of changes, and which of them does the jobs: of the servers that run. */
const LEFT_OUT: ReadonlySet<string> = new Set(['changes', 'leases']);
/** Columns of numbers that the database gives. */
const NUMBERED = [['events', 'seq']] as const;

const PAGE_ROWS = 500;
const INSERT_ROWS = 100;

/** Every table that a backup has, those first to which others refer. */
export function backedUpTables(): string[] {
  const parts = Object.values(SEALED_TABLES).flatMap((table) =>
    'parts' in table ? Object.keys(table.parts) : [],
  );
  const all = [...Object.keys(SEALED_TABLES), ...parts, ...Object.keys(UNSEALED_TABLES)];
  return [...new Set([...FIRST, ...all])].filter((table) => !LEFT_OUT.has(table));
}

/**
 * The header and every row, all of one moment, while servers go on.
 * @param softHsm whether SoftHSM's directory will follow
 * @throws BackupError when the database has no key to lose
 */
export async function* itemsOf(
  database: Database,
  now: Date,
  softHsm: boolean,
): AsyncGenerator<Item> {
  const { transaction, end } = await snapshot(database);
  try {
    const migrations = await migrationsOf(transaction);
    const root: Row | undefined =
      migrations.length === 0 ? undefined : await transaction('root_key').first();
    if (!root) throw new BackupError('the database is empty: there is nothing to back up');
    const rootToken = { label: String(root.token_label), serial: String(root.token_serial) };
    yield {
      header: { strongroomBackup: 1, createdAt: now.toISOString(), migrations, rootToken, softHsm },
    };
    for (const table of backedUpTables()) {
      if (!(await transaction.schema.hasTable(table))) continue;
      for await (const page of pagesOf(transaction, table, PAGE_ROWS)) {
        for (const row of page) yield { table, row };
      }
    }
  } finally {
    await end();
  }
}

/**
 * Makes of a new database the one that was backed up, in one transaction after its schema; what an
 * earlier attempt left goes.
 * @throws BackupError when the database has keys already
 */
export async function restoreRows(
  database: Database,
  { migrations }: Header,
  rows: AsyncIterable<{ readonly table: string; readonly row: Row }>,
): Promise<void> {
  await refuseFull(database);
  await migrateTo(database, migrations);
  await database.transaction(async (transaction) => {
    const tables: string[] = [];
    for (const table of backedUpTables()) {
      if (await transaction.schema.hasTable(table)) tables.push(table);
    }
    for (const table of tables.toReversed()) await transaction(table).delete();
    let waiting: Row[] = [];
    let last = '';
    const flush = async () => {
      if (waiting.length > 0) await transaction(last).insert(waiting);
      waiting = [];
    };
    for await (const { table, row } of rows) {
      if (table !== last || waiting.length === INSERT_ROWS) await flush();
      last = table;
      waiting.push(row);
    }
    await flush();
    for (const [table, column] of NUMBERED) await continueNumbers(transaction, table, column);
  });
}

/** @throws BackupError */
export async function refuseFull(database: Knex): Promise<void> {
  if (!(await database.schema.hasTable('root_key'))) return;
  if ((await database('root_key').first()) === undefined) return;
  throw new BackupError(
    'the database that databaseUrl names has keys already: a backup is restored into an empty one',
  );
}
