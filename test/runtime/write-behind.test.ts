import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { makeLog } from '../../src/observe/log.js';
import { WriteBehind } from '../../src/runtime/write-behind.js';

const INTERVAL_MS = 1000;

/** A database that can be down, and that takes its time. */
class Store {
  readonly rows = new Map<string, number>();
  readonly batches: number[] = [];
  down = false;
  atOnce = 0;
  /** A batch takes until this settles. */
  gate: Promise<void> = Promise.resolve();

  async write(values: ReadonlyMap<string, number>) {
    this.atOnce += 1;
    expect(this.atOnce).toBe(1);
    await this.gate;
    this.atOnce -= 1;
    if (this.down) throw new Error('down');
    this.batches.push(values.size);
    for (const [name, value] of values) this.rows.set(name, value);
  }
}

/** Lets a batch begin and not end before `open` is called. */
async function heldBatch() {
  let open = () => {};
  store.gate = new Promise((resolve) => {
    open = resolve;
  });
  const flushed = uses.flush();
  while (store.atOnce === 0) await Promise.resolve();
  return { open, flushed };
}

let store: Store;
let uses: WriteBehind<number>;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  store = new Store();
  uses = new WriteBehind({
    what: 'uses',
    write: (values) => store.write(values),
    intervalMs: INTERVAL_MS,
    log: makeLog({ level: 'fatal', destination: { write: () => undefined } }),
  });
});
afterEach(() => {
  vi.useRealTimers();
});

it('writes the newest of each name, once an interval, and nothing when there is nothing', async () => {
  uses.note('a', 1);
  uses.note('a', 2);
  uses.note('b', 3);
  await vi.advanceTimersByTimeAsync(INTERVAL_MS - 1);
  expect(store.batches).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect([...store.rows]).toEqual([
    ['a', 2],
    ['b', 3],
  ]);
  await vi.advanceTimersByTimeAsync(10 * INTERVAL_MS);
  expect(store.batches).toEqual([2]);
});

it('loses nothing while the database is down, and what is newer wins', async () => {
  store.down = true;
  uses.note('a', 1);
  uses.note('b', 2);
  await vi.advanceTimersByTimeAsync(3 * INTERVAL_MS);
  uses.note('a', 3);
  expect(store.rows.size).toBe(0);
  store.down = false;
  await vi.advanceTimersByTimeAsync(INTERVAL_MS);
  expect([...store.rows].sort()).toEqual([
    ['a', 3],
    ['b', 2],
  ]);
});

it('shows what is not stored yet, also while it is being written', async () => {
  uses.note('a', 1);
  expect(uses.get('a')).toBe(1);
  const { open, flushed } = await heldBatch();
  expect(uses.get('a')).toBe(1);
  uses.note('a', 2);
  expect(uses.get('a')).toBe(2);
  open();
  await flushed;
  expect(uses.get('a')).toBe(2);
  await uses.flush();
  expect(uses.get('a')).toBeUndefined();
});

it('has one batch under way at a time', async () => {
  uses.note('a', 1);
  const { open, flushed } = await heldBatch();
  uses.note('b', 2);
  const more = [uses.flush(), uses.flush()];
  open();
  await Promise.all([flushed, ...more]);
  expect(store.batches).toEqual([1, 1]);
});

it('writes the rest when it stops', async () => {
  uses.note('a', 1);
  await uses.stop();
  expect(store.rows.get('a')).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});

it('ends although the database is down', async () => {
  store.down = true;
  uses.note('a', 1);
  await uses.stop();
  expect(vi.getTimerCount()).toBe(0);
});
