import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BrokenSeal, RowSeals } from '../../src/db/row-seals.js';
import {
  SEALED_TABLES,
  type SealedTableName,
  UNSEALED_TABLES,
} from '../../src/db/sealed-tables.js';
import { describeDatabases, ROW_KEY } from '../support/database-bench.js';

const seals = new RowSeals(ROW_KEY);
const names = Object.keys(SEALED_TABLES) as SealedTableName[];

/** A row of values that no two columns share. */
const rowOf = (columns: readonly string[]) =>
  Object.fromEntries(columns.map((column, index) => [column, `${column} ${index}`]));

const bound = names.flatMap((table) =>
  SEALED_TABLES[table].columns.map((column) => ({ table, column })),
);

describe('a seal', () => {
  it.each(bound)('of $table binds $column', ({ table, column }) => {
    const row = seals.sealed(table, rowOf(SEALED_TABLES[table].columns));
    expect(seals.isIntact(table, row)).toBe(true);
    for (const value of ['another', '', null, Buffer.from('x'), 0]) {
      expect(() => seals.checked(table, { ...row, [column]: value })).toThrow(BrokenSeal);
    }
  });

  it('is of one table, of one key, and not a part of itself', () => {
    const row = seals.sealed('grants', rowOf(SEALED_TABLES.grants.columns));
    for (const table of names.filter((name) => name !== 'grants')) {
      expect(seals.isIntact(table, row)).toBe(false);
    }
    const others = new RowSeals(createSecretKey(Buffer.alloc(32, 2)));
    expect(others.isIntact('grants', row)).toBe(false);
    for (const seal of [undefined, null, '', Buffer.alloc(0), row.seal.subarray(1), 'x']) {
      expect(seals.isIntact('grants', { ...row, seal })).toBe(false);
    }
  });

  it('binds parts in any order, each once', () => {
    const row = rowOf(SEALED_TABLES.keys.columns);
    const tag = (tag_key: string) => ({ tag_key, tag_value: 'v', account_id: '1' });
    const parts = { tags: [tag('a'), tag('b')], aliases: [], key_materials: [] };
    const { seal } = seals.sealed('keys', row);
    expect(seals.isIntact('keys', { ...row, seal }, { tags: [] })).toBe(true);
    for (const other of [parts, { tags: [tag('a')] }, { aliases: [{ name: 'a' }] }]) {
      expect(seals.isIntact('keys', { ...row, seal }, other)).toBe(false);
    }
  });

  it('tells any two rows apart', () => {
    const { columns } = SEALED_TABLES.aliases;
    const value = fc.oneof(fc.string(), fc.constant(null), fc.integer());
    const rows = fc.array(value, { minLength: columns.length, maxLength: columns.length });
    const rowWith = (values: readonly unknown[]) =>
      Object.fromEntries(columns.map((column, index) => [column, values[index]]));
    const meaning = (values: readonly unknown[]) =>
      JSON.stringify(values.map((each) => (each === null ? null : String(each))));
    fc.assert(
      fc.property(rows, rows, (one, other) => {
        const sealed = seals.sealed('aliases', rowWith(one));
        const moved = { ...rowWith(other), seal: sealed.seal };
        expect(seals.isIntact('aliases', moved)).toBe(meaning(one) === meaning(other));
      }),
    );
  });

  it('is told of once a row, and leaves the others', () => {
    const told: string[] = [];
    const telling = new RowSeals(ROW_KEY, ({ message }) => told.push(message));
    const whole = telling.sealed('token_objects', { cka_id: 'a', status: 'live' });
    const spoilt = { ...whole, cka_id: 'b' };
    expect(telling.intact('token_objects', [spoilt, whole])).toEqual([whole]);
    expect(told).toEqual([expect.stringContaining('the row b of token_objects')]);
  });

  it('cannot be made without the key, and is not asked for', () => {
    const reader = new RowSeals(undefined);
    expect(reader.checked('grants', { body: 'anything' })).toEqual({ body: 'anything' });
    expect(() => reader.sealed('grants', {})).toThrow('cannot be sealed without the root token');
  });
});

describeDatabases((bench) => {
  it('every column of every table is bound, or it is said why not', async () => {
    const { database } = await bench.server();
    const tables: string[] = await tablesOf(database);
    const parts = Object.assign({}, ...names.map((name) => SEALED_TABLES[name].parts ?? {}));
    const spoken = new Set([...names, ...Object.keys(parts), ...Object.keys(UNSEALED_TABLES)]);
    expect(tables.filter((table) => !spoken.has(table))).toEqual([]);
    expect([...spoken].filter((table) => !tables.includes(table))).toEqual([]);
    for (const table of names) {
      const { columns, unbound = {} } = SEALED_TABLES[table];
      const said = [...columns, ...Object.keys(unbound), 'seal'];
      expect(said.sort()).toEqual(Object.keys(await database(table).columnInfo()).sort());
    }
    for (const [part, { columns }] of Object.entries<{ columns: readonly string[] }>(parts)) {
      if (part in SEALED_TABLES) continue;
      // With the primary key of what they belong to, by which they are found.
      const said = [...columns, 'region', 'key_id'];
      expect(said.sort()).toEqual(Object.keys(await database(part).columnInfo()).sort());
    }
  });
});

async function tablesOf(database: import('../../src/db/database.js').Database): Promise<string[]> {
  const sqlite = database.client.config.client.includes('sqlite');
  const sql = sqlite
    ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    : 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()';
  const found = await database.raw(sql);
  const rows: { name: string }[] = sqlite ? found : found.rows;
  return rows.map(({ name }) => name).filter((name) => !name.startsWith('knex_'));
}
