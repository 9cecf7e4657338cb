import type { Knex } from 'knex';

/** A row of the change feed. */
export interface ChangeRow {
  readonly seq: string;
  readonly kind: string;
  readonly ref: string;
}

/** Where a look at the change feed ended, in the dialect's own form: what the next one goes on from. */
export type FeedPosition = string;

export interface FeedLook {
  /** What has become visible since the position, each row once; not more than `limit`. */
  readonly rows: readonly ChangeRow[];
  readonly position: FeedPosition;
  /** False: rows may have been missed, since the database isn't the one of the position any more. */
  readonly continued: boolean;
  /** Since the position, by the clock of a database that isn't on this machine; else nought. */
  readonly elapsedMs: number;
}

/** How many connections, and how long their making and their coming free are waited for. */
export interface ConnectionPool {
  readonly max: number;
  readonly patienceMs?: number;
}

/** What differs between one kind of database and the others. */
export interface Dialect {
  /** Knex's name of it. */
  readonly client: string;
  /** What its addresses begin with. */
  readonly schemes: readonly string[];
  /** Whether it couldn't be reached, or couldn't work, by the error of one of its calls. */
  isAway(error: { readonly code?: unknown; readonly message?: unknown }): boolean;
  /** Whether opening would make a new database. */
  isMissing(url: string): boolean;
  /** The file that is this database; undefined where it is no file. */
  fileOf(url: string): string | undefined;
  /** Opens a database and changes nothing in it. */
  open(url: string, pool?: ConnectionPool): Promise<Knex>;
  /**
   * What is wrong with what is stored, in a few words, as far as that can be told within a second;
   * undefined when nothing is.
   */
  fault(database: Knex): Promise<string | undefined>;
  /** Runs a piece of work that no other server does on this database at the same time. */
  alone(database: Knex, work: () => Promise<void>): Promise<void>;
  /** Lets transactions that lock this table run one after the other. */
  lockTable(transaction: Knex.Transaction, table: string): Promise<void>;
  /** Behind a column of text: it is compared octet by octet, whatever the language of the database. */
  readonly byOctets: string;
  /** How a transaction is begun that reads all as of one moment. */
  readonly readOnce: Knex.TransactionConfig;
  /** The rows of a table, in pages of at most `size`, in a transaction. */
  pages(
    transaction: Knex.Transaction,
    table: string,
    size: number,
  ): AsyncGenerator<readonly Record<string, unknown>[]>;
  /** Numbers that the database gives go on after the highest that is there. */
  continueNumbers(transaction: Knex.Transaction, table: string, column: string): Promise<void>;
  /** Part of the migration that makes the feed miss nothing; see `look`. */
  orderChanges(knex: Knex): Promise<void>;
  /**
   * What was committed to the change feed since `since`, whatever the order of the commits and of the
   * numbers. Without a position nothing is read: the feed is followed from here on.
   * @param timeoutMs after which the connection is given up
   */
  look(
    database: Knex,
    since: FeedPosition | undefined,
    limit: number,
    timeoutMs: number,
  ): Promise<FeedLook>;
  /** Removes the rows of the change feed that a look with this end has seen and that are this old. */
  pruneChanges(database: Knex, seen: FeedPosition, createdBefore: number): Promise<void>;
}
