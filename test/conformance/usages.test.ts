import { describe, expect, it } from 'vitest';
import { combinations, conformanceServer } from '../support/faces/conformance-server.js';
import { expectRefusal, wrongUsage } from '../support/faces/refusals.js';
import { KINDS } from '../support/operations/operation-row.js';
import { keyRows } from '../support/operations/operation-rows.js';
import { sharedSurroundings } from '../support/operations/surroundings.js';

const server = conformanceServer();

/** A row for each operation that asks for a usage: of two the one whose ciphertext names no key. */
const uses = new Map(
  keyRows
    .filter(({ states, dryRun }) => states === 'cryptography' && dryRun)
    .toSorted((left, right) => Number(left.of === 'RSA') - Number(right.of === 'RSA'))
    .map((row) => [row.operation, row]),
);

const cells = [...uses.values()].flatMap((row) => {
  const { keyUsage } = KINDS[row.kind ?? 'symmetric'];
  return Object.entries(KINDS)
    .filter(([name, other]) => name !== 'RSA encryption' && other.keyUsage !== keyUsage)
    .map(([name, other]) => ({
      ...{ row, operation: row.operation, usage: other.keyUsage },
      other: name as keyof typeof KINDS,
    }));
});

it('are asked for by the operations of every usage', () => {
  const asked = new Set([...uses.values()].map(({ kind = 'symmetric' }) => KINDS[kind].keyUsage));
  expect(asked).toEqual(new Set(Object.values(KINDS).map(({ keyUsage }) => keyUsage)));
});

describe.each(combinations)('$store keys over $face', ({ face, store }) => {
  const shared = sharedSurroundings(() => ({ server, face, store }));

  it.each(cells)('$operation refuses a key for $usage', async ({ row, other, usage }) => {
    const at = await shared(row);
    const { key } = await shared({ kind: other });
    const input = await row.input(key.id, at);
    const refused = at.call(row.operation, input as never);
    await expectRefusal(face, refused, wrongUsage(key.arn, usage, row.operation));
  });
});
