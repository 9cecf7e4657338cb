/** Rows that others belong to: nothing may be given to what is about to be removed. */
import type { Knex } from 'knex';
import { becomeWriter } from './database.js';

/** The primary key of a row, or another that is its alone. */
export type RowName = Readonly<Record<string, string>>;

/**
 * Part of every transaction that adds something to what a row stands for: from here on the row is there
 * until the transaction ends, since whoever would remove it waits. Whoever removes it takes or locks the
 * row before looking at what belongs to it.
 * @returns whether it is there; false: somebody removed it, and nothing may be added
 */
export async function holdRow(
  transaction: Knex.Transaction,
  table: string,
  name: RowName,
): Promise<boolean> {
  return (await holdRows(transaction, table, [name])).length > 0;
}

/**
 * The same of several rows of a table, in an order in which no two transactions wait for one another.
 * @param names of the same columns each
 * @returns those that are there
 */
export async function holdRows<Name extends RowName>(
  transaction: Knex.Transaction,
  table: string,
  names: readonly Name[],
): Promise<Name[]> {
  await becomeWriter(transaction);
  const columns = Object.keys(names[0] ?? {});
  const rows: unknown = await transaction(table)
    .whereIn(
      columns,
      names.map((name) => columns.map((column) => name[column] ?? '')),
    )
    .orderBy(columns)
    .forUpdate()
    .select(columns);
  return rows as Name[];
}
