import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchResults } from '../../scripts/bench/results.js';

/** Two dozen rows, each with a window of its own, and a server's start. */
const TIMEOUT_MS = 180_000;

const run = promisify(execFile);
let dir: string;
let results: BenchResults;
let report: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'strongroom-bench-'));
  const json = join(dir, 'bench.json');
  const argv = ['--import', 'tsx', 'scripts/bench/main.ts', '--smallest', '--json', json];
  report = (await run(process.execPath, argv, { maxBuffer: 2 ** 24 })).stdout;
  results = JSON.parse(await readFile(json, 'utf8'));
}, TIMEOUT_MS);

afterAll(() => rm(dir, { recursive: true, force: true }));

describe('the bench, at its smallest', () => {
  it.each([
    ['authorization', ['what']],
    ['raw', ['operation', 'sessions']],
    ['throughput', ['operation', 'keys', 'connections']],
    ['slowToken', ['sessions', 'delayMs']],
    ['keyTypes', ['operation', 'keys']],
  ] as const)('measures %s: rows that differ, with figures that are numbers', (name, names) => {
    const rows = (results[name] ?? []).map((row) => new Map(Object.entries(row)));
    expect(rows.length).toBeGreaterThan(1 - Number(name === 'slowToken'));
    const named = rows.map((row) => names.map((column) => row.get(column)).join(' '));
    expect(new Set(named).size).toBe(rows.length);
    for (const row of rows) {
      for (const figure of [...row.values()].filter((value) => typeof value !== 'string')) {
        expect(figure).toEqual(expect.any(Number));
      }
    }
  });

  it('measures the hanging token, hosts that are killed, wrapped keys and many keys', () => {
    expect(results.recovery).toMatchObject({ kills: 2, p50: expect.any(Number) });
    expect(results.wrappedKeys).toMatchObject({ coldP50: expect.any(Number) });
    expect(results.hangingToken).toMatchObject({ ratio: expect.any(Number) });
    expect(results.manyKeys).toMatchObject({ keys: 20, rateOfMany: expect.any(Number) });
  });

  it('prints its tables', () => {
    for (const word of ['Encrypt', 'GenerateDataKey', 'raw loop']) expect(report).toContain(word);
  });
});
