import { type Database, openDatabase } from '../../src/db/database.js';
import { databaseFile } from './database-file.js';
import type { Strongroom } from './strongroom.js';

/** Columns that don't count, by table; `all`: no row of the table does. */
export type Uncounted = Readonly<Record<string, readonly string[] | 'all'>>;

/** All rows of all tables of a server's database, as a test compares them. */
export class DatabaseContents {
  readonly #database: Database;
  readonly #uncounted: Uncounted;
  readonly #tables: readonly string[];

  private constructor(database: Database, tables: readonly string[], uncounted: Uncounted) {
    this.#database = database;
    this.#tables = tables;
    this.#uncounted = uncounted;
  }

  /** @throws Error when a table or column that shouldn't count isn't there */
  static async of(strongroom: Strongroom, uncounted: Uncounted): Promise<DatabaseContents> {
    const database = await openDatabase({ url: `sqlite:${databaseFile(strongroom)}` });
    const rows = await database('sqlite_master').where({ type: 'table' }).select('name');
    const tables: string[] = rows.map(({ name }) => name);
    for (const [table, columns] of Object.entries(uncounted)) {
      const there = Object.keys(await database(table).columnInfo());
      const missing = columns === 'all' ? [] : columns.filter((name) => !there.includes(name));
      if (there.length === 0 || missing.length > 0) throw new Error(`no ${table}.${missing}`);
    }
    return new DatabaseContents(database, tables, uncounted);
  }

  /** The rows that count, as text: no two are equal, since every table has a key. */
  async rows(): Promise<string[]> {
    return await this.#database.transaction(async (transaction) => {
      const texts: string[] = [];
      for (const table of this.#tables) {
        const uncounted = this.#uncounted[table] ?? [];
        if (uncounted === 'all') continue;
        const rows: object[] = await transaction(table);
        texts.push(...rows.map((row) => `${table} ${textOf(row, uncounted)}`));
      }
      return texts;
    });
  }

  close(): Promise<void> {
    return this.#database.destroy();
  }
}

function textOf(row: object, uncounted: readonly string[]): string {
  return JSON.stringify(Object.entries(row).filter(([column]) => !uncounted.includes(column)));
}
