/** The one table of operations that the suites run over, held against the registry. */
import { expect, it } from 'vitest';
import { operations } from '../support/kms-operations.js';
import { keyRows, operationRows } from '../support/operations/operation-rows.js';

const sorted = (names: Iterable<string>) => [...new Set(names)].toSorted();

it('has every operation, and no row twice', () => {
  expect(sorted(operationRows.map(({ operation }) => operation))).toEqual(
    sorted(operations.keys()),
  );
  const titles = operationRows.map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});

it('has every key of every operation', () => {
  const declared = [...operations.values()].flatMap(({ name, access }) =>
    access.keys.map((_, index) => `${name} ${index}`),
  );
  const rows = keyRows.map(({ operation, second }) => `${operation} ${second ? 1 : 0}`);
  expect(sorted(rows)).toEqual(sorted(declared));
});

it.each(['body', 'recorded'] as const)('says of every operation %s', (column) => {
  const said = operationRows.filter((row) => row[column] !== undefined);
  expect(sorted(said.map(({ operation }) => operation))).toEqual(sorted(operations.keys()));
});

it('says of all operations with DryRun that they have it, and of no other', () => {
  const said = operationRows.filter(({ dryRun }) => dryRun).map(({ operation }) => operation);
  const declared = [...operations.values()].filter(({ input }) => 'DryRun' in input.properties);
  expect(sorted(said)).toEqual(sorted(declared.map(({ name }) => name)));
});
