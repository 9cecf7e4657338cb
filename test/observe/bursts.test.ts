import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Bursts, type Line } from '../../src/observe/bursts.js';
import { makeLog } from '../../src/observe/log.js';

const WINDOW_MS = 1000;

let written: Line[];
let bursts: Bursts;

beforeEach(() => {
  vi.useFakeTimers();
  written = [];
  bursts = new Bursts({ windowMs: WINDOW_MS, maxKinds: 3 });
});
afterEach(() => vi.useRealTimers());

const take = (facts: object, message = 'a call failed') =>
  bursts.take([facts, message], (line) => written.push(line));

const lines = () =>
  written.map(([facts, message]) => [message, Object(facts).requestId, Object(facts).repeated]);

it('the first is told at once, the others with a count, until there are no more', () => {
  const err = new Error('no answer');
  for (const requestId of ['1', '2', '3']) take({ err, requestId });
  expect(lines()).toEqual([['a call failed', '1', undefined]]);
  vi.advanceTimersByTime(WINDOW_MS);
  expect(lines().slice(1)).toEqual([['a call failed', '3', 2]]);
  take({ err, requestId: '4' });
  expect(written.length).toBe(2);
  vi.advanceTimersByTime(WINDOW_MS);
  expect(lines().slice(2)).toEqual([['a call failed', '4', 1]]);
  vi.advanceTimersByTime(2 * WINDOW_MS);
  expect(vi.getTimerCount()).toBe(0);
  take({ err, requestId: '5' });
  expect(lines().slice(3)).toEqual([['a call failed', '5', undefined]]);
});

const coded = (code: string) => Object.assign(new Error('failed'), { code });

it.each([
  ['without an error', {}, {}, false],
  ['of the same code', { err: coded('EPIPE') }, { err: coded('EPIPE') }, true],
  ['of another code', { err: coded('EPIPE') }, { err: coded('ENOSPC') }, false],
  ['that differ in a number', { err: new Error('7 ms') }, { err: new Error('12 ms') }, true],
  ['of another text', { err: new Error('late') }, { err: new Error('full') }, false],
  [
    'of another operation',
    { err: coded('EPIPE'), operation: 'kms:Sign' },
    { err: coded('EPIPE'), operation: 'kms:Encrypt' },
    false,
  ],
])('two %s', (_, first, second, one) => {
  take(first);
  take(second);
  expect(written.length).toBe(one ? 1 : 2);
});

it('of more kinds than are counted each is told', () => {
  for (const job of ['1', '2', '3', '4', '4', '1']) take({ err: coded('EPIPE'), job });
  expect(written.map(([facts]) => Object(facts).job)).toEqual(['1', '2', '3', '4', '4']);
});

it('are what the log does with its errors', () => {
  const told: string[] = [];
  const log = makeLog({ level: 'info', destination: { write: (line) => told.push(line) } });
  for (let times = 0; times < 3; times += 1) log.error({ err: coded('EPIPE') }, 'a call failed');
  expect(told.length).toBe(1);
  vi.advanceTimersByTime(10_000);
  expect(told.length).toBe(2);
  expect(JSON.parse(told[1] ?? '')).toMatchObject({ level: 50, msg: 'a call failed', repeated: 2 });
});
