/**
 * `npm run test:clients`: drives one server of its own as the users of other languages' SDKs and tools
 * do. `--only` names the clients, by comma; `--tls` puts the endpoint behind TLS; `--cases` prints
 * every case; `--json` names a file for everything. Ends with 1 when a case failed. What this machine
 * lacks is named in the table; with `--all` that is a failure too.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { CLIENTS } from './clients.js';
import { Neighbours } from './neighbours.js';
import { everyCase, failed, report } from './results.js';
import { exchange, prepare, runCases } from './run-client.js';
import { Stage } from './stage.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'string' },
    tls: { type: 'boolean', default: false },
    cases: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
  },
});
const chosen = values.only?.split(',') ?? Object.keys(CLIENTS);
const unknown = chosen.filter((name) => !Object.hasOwn(CLIENTS, name));
if (unknown.length > 0) {
  throw new Error(`no such client: ${unknown.join(', ')} (${Object.keys(CLIENTS).join(', ')})`);
}

const say = (line: string) => process.stderr.write(`${line}\n`);
const prepared = [];
for (const name of chosen) {
  say(`building ${name} …`);
  prepared.push(await prepare(name));
}
const exchanging = prepared.some(({ client, ready }) => client.exchanges && ready);
const beside = exchanging ? await startNeighbours() : undefined;
say('starting the server …');
const stage = await Stage.start({ tls: values.tls, neighbours: beside });
const results = [];
try {
  const ran = [];
  for (const client of prepared) {
    if (client.ready) say(`running ${client.name} …`);
    ran.push(await runCases(client, stage));
  }
  // Each has written its messages by now: each reads those of all.
  for (const client of ran) results.push(await exchange(client, stage));
} finally {
  await stage.dispose();
  await beside?.stop();
}

/** Without them the clients leave out what needs them, and it is said. */
async function startNeighbours(): Promise<Neighbours | undefined> {
  say('starting DynamoDB and S3 …');
  const started = await Neighbours.start();
  if (typeof started !== 'string') return started;
  say(`hierarchical keyrings are left out: ${started}`);
  if (values.all) process.exitCode = 1;
  return undefined;
}
if (values.cases) process.stdout.write(`${everyCase(results)}\n\n`);
process.stdout.write(`${report(results)}\n`);
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify(results, undefined, 2)}\n`);
}
const lacking = values.all && results.some(({ missing }) => missing !== undefined);
if (lacking || results.some(failed)) process.exitCode = 1;
