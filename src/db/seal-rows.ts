import type { Knex } from 'knex';
import type { RowSeals } from './row-seals.js';
import { SEALED_TABLES, type SealedTableName } from './sealed-tables.js';

const PAGE = 500;

/**
 * Seals every row of a database as it is: once, when it is older than seals. All of them, or none: part
 * of the transaction that makes their key.
 */
export async function sealEveryRow(transaction: Knex.Transaction, seals: RowSeals): Promise<void> {
  for (const table of Object.keys(SEALED_TABLES) as SealedTableName[]) {
    for await (const place of placesOf(transaction, table)) {
      await seals.reseal(transaction, table, place);
    }
  }
}

async function* placesOf(transaction: Knex.Transaction, table: SealedTableName) {
  const columns = SEALED_TABLES[table].primaryKey;
  let after: readonly (string | number)[] | undefined;
  for (;;) {
    const page = transaction(table)
      .select(columns)
      .orderBy([...columns])
      .limit(PAGE);
    if (after) {
      page.whereRaw(`(${columns.join(', ')}) > (${columns.map(() => '?').join(', ')})`, [...after]);
    }
    const places: Record<string, string | number>[] = await page;
    yield* places;
    const last = places.at(-1);
    if (!last) return;
    after = columns.map((column) => last[column] ?? '');
  }
}
