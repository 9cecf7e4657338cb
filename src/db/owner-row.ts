/** Rows that others belong to: nothing may be given to what is about to be removed. */
import type { Knex } from 'knex';
import { becomeWriter } from './database.js';

/**
 * Part of every transaction that adds something to what a row stands for: from here on the row is there
 * until the transaction ends, since whoever would remove it waits. Whoever removes it takes the row away
 * before looking at what belongs to it.
 * @returns whether it is there; false: somebody removed it, and nothing may be added
 */
export async function holdRow(
  transaction: Knex.Transaction,
  table: string,
  where: Readonly<Record<string, string>>,
): Promise<boolean> {
  await becomeWriter(transaction);
  const row = await transaction(table).where(where).forUpdate().first(Object.keys(where));
  return row !== undefined;
}
