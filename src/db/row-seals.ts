/** Seals of rows: HMAC-SHA-256 over what a row means, under a key that only the root key opens. */

import {
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import type { Knex } from 'knex';
import { SEALED_TABLES, type SealedTable, type SealedTableName } from './sealed-tables.js';

/** A row, or one that was changed or made without the key that seals rows, was read. */
export class BrokenSeal extends Error {
  override readonly name = 'BrokenSeal';
  readonly table: SealedTableName;

  /** @param place the row's primary key */
  constructor(table: SealedTableName, place: string) {
    super(`the row ${place} of ${table} is not as this server's installation wrote it`);
    this.table = table;
  }
}

type Row = Readonly<Record<string, unknown>>;
/** The rows of a table's parts that belong to one of its rows, in any order. */
export type Parts = Readonly<Record<string, readonly object[]>>;

type Executor = Knex | Knex.Transaction;

export class RowSeals {
  readonly #key: KeyObject | undefined;
  readonly #onBroken: (broken: BrokenSeal) => void;

  /**
   * @param key 32 octets; without one rows are taken as they are, and none can be written: for commands
   * that read the database of a server whose root token isn't there
   */
  constructor(key: KeyObject | undefined, onBroken: (broken: BrokenSeal) => void = () => {}) {
    this.#key = key;
    this.#onBroken = onBroken;
  }

  /** A row of a table without parts, with its seal: to be stored as it is. */
  sealed<T extends object>(table: SealedTableName, row: T): T & { readonly seal: Buffer } {
    return { ...row, seal: this.#seal(table, row as Row, {}) };
  }

  /**
   * The row, if it is as it was written.
   * @throws BrokenSeal
   */
  checked<T extends object>(table: SealedTableName, row: T, parts: Parts = {}): T {
    if (!this.isIntact(table, row, parts)) throw this.#broken(table, row as Row);
    return row;
  }

  /** The rows that are as they were written; of each other one it is told that it isn't. */
  intact<T extends object>(table: SealedTableName, rows: readonly T[]): T[] {
    return rows.filter((row) => {
      const whole = this.isIntact(table, row);
      if (!whole) this.#broken(table, row as Row);
      return whole;
    });
  }

  /** As `checked`, but an answer, and nobody is told. */
  isIntact(table: SealedTableName, row: object, parts: Parts = {}): boolean {
    if (!this.#key) return true;
    const { seal } = row as Row;
    const expected = this.#seal(table, row as Row, parts);
    // A seal is 32 octets; whatever else stands there is none.
    return (
      Buffer.isBuffer(seal) && seal.length === expected.length && timingSafeEqual(seal, expected)
    );
  }

  /**
   * Changes rows inside a transaction: locks and checks them, runs `work`, and seals those that are
   * still there. Two that change the same rows go one after the other.
   * @param where which rows; `work` is not run when there are none
   * @returns how many there were
   * @throws BrokenSeal: then nothing may be changed
   */
  async change(
    transaction: Knex.Transaction,
    table: SealedTableName,
    where: (rows: Knex.QueryBuilder) => Knex.QueryBuilder,
    work: () => PromiseLike<unknown>,
  ): Promise<number> {
    const { primaryKey } = SEALED_TABLES[table];
    // In one order, so that two can't wait for each other.
    const rows: Row[] = await where(transaction(table))
      .orderBy([...primaryKey])
      .forUpdate();
    const places = rows.map((row) => pick(row, primaryKey));
    for (const [index, row] of rows.entries()) {
      this.checked(table, row, await partsOf(transaction, table, places[index] ?? {}));
    }
    if (rows.length > 0) await work();
    for (const place of places) await this.reseal(transaction, table, place);
    return rows.length;
  }

  /** Seals a row that the same transaction has checked, or made, and changed. Nothing if it is gone. */
  async reseal(transaction: Knex.Transaction, table: SealedTableName, place: Row): Promise<void> {
    const row: Row | undefined = await transaction(table).where(place).first();
    if (!row) return;
    const parts = await partsOf(transaction, table, place);
    await transaction(table)
      .where(place)
      .update({ seal: this.#seal(table, row, parts) });
  }

  /** A key of 32 octets for another purpose, which is the same as long as the database has its root key. */
  keyFor(purpose: string): KeyObject {
    if (!this.#key) throw new Error('there is no key without the root token');
    const salt = Buffer.alloc(0);
    return createSecretKey(Buffer.from(hkdfSync('sha256', this.#key, salt, purpose, 32)));
  }

  #broken(table: SealedTableName, row: Row): BrokenSeal {
    const broken = new BrokenSeal(
      table,
      Object.values(pick(row, SEALED_TABLES[table].primaryKey)).join('/'),
    );
    this.#onBroken(broken);
    return broken;
  }

  #seal(table: SealedTableName, row: Row, parts: Parts): Buffer {
    if (!this.#key) throw new Error('rows cannot be sealed without the root token');
    const described: SealedTable = SEALED_TABLES[table];
    const bound = [
      table,
      valuesOf(row, described.columns),
      ...Object.entries(described.parts ?? {}).map(([part, { columns }]) =>
        // In one order, whatever the database's collation.
        (parts[part] ?? []).map((each) => JSON.stringify(valuesOf(each as Row, columns))).sort(),
      ),
    ];
    return createHmac('sha256', this.#key).update(JSON.stringify(bound)).digest();
  }
}

/** The rows of other tables that are bound with one. */
export async function partsOf(
  executor: Executor,
  table: SealedTableName,
  place: Row,
): Promise<Parts> {
  const parts: Record<string, object[]> = {};
  for (const part of Object.keys(SEALED_TABLES[table].parts ?? {})) {
    parts[part] = await executor(part).where(place);
  }
  return parts;
}

function pick(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, row[column]]));
}

function valuesOf(row: Row, columns: readonly string[]): (string | null)[] {
  return columns.map((column) => textOf(row[column]));
}

/** A value as text that is the same for what was written and for what any dialect reads back. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (typeof value === 'boolean') return value ? '1' : '0';
  return String(value);
}
