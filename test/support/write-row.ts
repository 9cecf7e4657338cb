import type { Database } from '../../src/db/database.js';
import type { RowSeals } from '../../src/db/row-seals.js';
import type { SealedTableName } from '../../src/db/sealed-tables.js';

/** Changes rows as another server of the same installation does: sealed. */
export async function writeRow(
  { database, seals }: { readonly database: Database; readonly seals: RowSeals },
  table: SealedTableName,
  where: object,
  values: object,
): Promise<void> {
  await database.transaction((transaction) =>
    seals.change(
      transaction,
      table,
      (rows) => rows.where(where),
      () => transaction(table).where(where).update(values),
    ),
  );
}
