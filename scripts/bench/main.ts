/**
 * `npm run bench`: measures a server of its own on this machine and prints tables, then everything
 * as one line of JSON. `--only` names the scenarios to run, by comma; `--json` a file for the JSON;
 * `--smallest` runs everything for a moment only: to see that it runs.
 */

import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { measureAuthorization } from './authorization.js';
import { BenchServer } from './bench-server.js';
import { judge } from './budgets.js';
import { measureKeyTypes } from './key-types.js';
import { measureManyKeys } from './many-keys.js';
import { measureRecovery, measureWrappedKeys } from './recovery.js';
import { report } from './report.js';
import { type BenchResults, thisMachine } from './results.js';
import { DEFAULT_SESSIONS, SIZES } from './sizes.js';
import { measureHangingToken, measureSlowToken } from './slow-token.js';
import { measureRaw, measureThroughput } from './throughput.js';

type Scenario = (bench: BenchServer, results: BenchResults) => Promise<void>;

/** In this order: the last one leaves a server with very many keys. */
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  authorization: async (bench, results) => {
    results.authorization = measureAuthorization(bench.sizes);
  },
  throughput: async (bench, results) => {
    results.raw = await measureRaw(bench);
    results.throughput = await measureThroughput(bench, results.raw);
  },
  'slow-token': async (bench, results) => {
    results.slowToken = await measureSlowToken(bench);
  },
  'hanging-token': async (bench, results) => {
    results.hangingToken = await measureHangingToken(bench);
  },
  recovery: async (bench, results) => {
    results.recovery = await measureRecovery(bench);
    results.wrappedKeys = await measureWrappedKeys(bench);
    await bench.restartWith(DEFAULT_SESSIONS);
  },
  'key-types': async (bench, results) => {
    results.keyTypes = await measureKeyTypes(bench);
  },
  'many-keys': async (bench, results) => {
    results.manyKeys = await measureManyKeys(bench);
  },
};

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'string' },
    smallest: { type: 'boolean', default: false },
  },
});
const chosen = values.only?.split(',') ?? Object.keys(SCENARIOS);
const unknown = chosen.filter((name) => !Object.hasOwn(SCENARIOS, name));
if (unknown.length > 0) {
  throw new Error(`no such scenario: ${unknown.join(', ')} (${Object.keys(SCENARIOS).join(', ')})`);
}

const results: BenchResults = { machine: thisMachine() };
const bench = await BenchServer.start(values.smallest ? SIZES.smallest : SIZES.full);
try {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    if (!chosen.includes(name)) continue;
    process.stderr.write(`measuring ${name} …\n`);
    await scenario(bench, results);
  }
} finally {
  await bench.dispose();
}
const budgets = judge(results);
process.stdout.write(`${report(results, budgets)}\n`);
const json = JSON.stringify({ ...results, budgets });
if (values.json === undefined) process.stdout.write(`\n${json}\n`);
else await writeFile(values.json, `${json}\n`);
