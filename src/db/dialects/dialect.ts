import type { Knex } from 'knex';

/** What differs between one kind of database and the others. */
export interface Dialect {
  /** Knex's name of it. */
  readonly client: string;
  /** What its addresses begin with. */
  readonly schemes: readonly string[];
  /** Whether opening would make a new database. */
  isMissing(url: string): boolean;
  /** Opens a database and changes nothing in it. */
  open(url: string): Promise<Knex>;
  /** Lets transactions that lock this table run one after the other. */
  lockTable(transaction: Knex.Transaction, table: string): Promise<void>;
}
