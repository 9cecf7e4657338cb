import { expect, it } from 'vitest';
import { type ChangeKind, changeKinds } from '../../src/db/change-kinds.js';
import { EVERYTHING, Followers } from '../../src/db/followers.js';

const ROWS = Object.entries(changeKinds).flatMap(([kind, { drops }]) =>
  drops.map((memory): [ChangeKind, never] => [kind as ChangeKind, memory as never]),
);

it.each(ROWS)('a server without a memory for changes of kind %s does not start', (kind, memory) => {
  const followers = new Followers();
  for (const row of ROWS) if (row[1] !== memory) followers.add(...row, () => undefined);
  expect(() => followers.requireAll()).toThrow(`${memory}: no change of kind ${kind} is followed`);
  followers.add(kind, memory, () => undefined);
  expect(() => followers.requireAll()).not.toThrow();
});

it('every memory is told of what it follows, of anything, and of nothing else', async () => {
  const told: string[] = [];
  const followers = new Followers();
  for (const [kind, memory] of ROWS) {
    followers.add(kind, memory, (ref) => void told.push(`${memory} ${ref}`));
  }
  await followers.tell({ kind: 'grant', ref: 'a' });
  await followers.tell({ kind: 'of a newer server' as ChangeKind, ref: 'b' });
  expect(told.splice(0)).toStrictEqual(['grants a']);
  await followers.tellEverything();
  expect(told).toStrictEqual(ROWS.map(([, memory]) => `${memory} ${EVERYTHING}`));
});
