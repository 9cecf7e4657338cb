import { join } from 'node:path';
import { auditRecords } from '../support/audit-records.js';
import { operations } from '../support/kms-operations.js';
import { type Ended, runToEnd } from './child.js';
import { CLIENTS, type Client } from './clients.js';
import { type CaseResult, type ClientResult, caseResults } from './results.js';
import type { Stage } from './stage.js';

/** Downloads and compilers on a busy machine; a client that hangs ends too. */
const BUILD_LIMIT_MS = 1_800_000;
const RUN_LIMIT_MS = 900_000;

/** The case in which a client says what it is made of. */
const VERSIONS = 'versions';

/** A client that has been built, or why it can't be run. */
export interface Prepared {
  readonly name: string;
  readonly client: Client;
  readonly buildSeconds: number;
  readonly ready: boolean;
  readonly missing?: string;
  readonly trouble?: string;
}

/** A client whose cases have run. */
export interface Ran extends Prepared {
  readonly env: Readonly<Record<string, string>>;
  readonly cases: readonly CaseResult[];
  readonly runSeconds: number;
}

/** Looks for what the client needs and builds it. */
export async function prepare(name: string): Promise<Prepared> {
  const client = CLIENTS[name] as Client;
  const prepared = { name, client, buildSeconds: 0, ready: false };
  for (const command of client.needs) {
    const missing = await lacks(command);
    if (missing !== undefined) return { ...prepared, missing };
  }
  for (const command of client.build) {
    const order = { cwd: directoryOf(client), env: process.env, limitMs: BUILD_LIMIT_MS };
    const ended = await runToEnd(command, order);
    prepared.buildSeconds += ended.seconds;
    if (ended.code !== 0)
      return { ...prepared, trouble: troubleOf(command, ended, BUILD_LIMIT_MS) };
  }
  return { ...prepared, ready: true };
}

/** Runs the client's cases as a user of its own. */
export async function runCases(prepared: Prepared, stage: Stage): Promise<Ran> {
  const ran = { ...prepared, env: {}, cases: [], runSeconds: 0 };
  if (!prepared.ready) return ran;
  const env = await stage.environmentOf(prepared.name);
  return runMore({ ...ran, env });
}

/** Lets it read the others' messages, if it does, and draws the sum. */
export async function exchange(before: Ran, stage: Stage): Promise<ClientResult> {
  const reads = before.client.exchanges && before.ready && before.trouble === undefined;
  const ran = reads ? await runMore(before, 'exchange') : before;
  const called = await calledOperations(ran.name, stage);
  const cases = ran.cases.filter(({ name }) => name !== VERSIONS);
  if (ran.client.everyOperation && ran.ready) cases.push(everyOperation(called));
  return {
    client: ran.name,
    versions: ran.cases.find(({ name }) => name === VERSIONS)?.detail ?? '',
    ...{ buildSeconds: ran.buildSeconds, runSeconds: ran.runSeconds },
    cases,
    operations: called.size,
    ...(ran.missing === undefined ? {} : { missing: ran.missing }),
    ...(ran.trouble === undefined ? {} : { trouble: ran.trouble }),
  };
}

async function runMore(before: Ran, ...args: readonly string[]): Promise<Ran> {
  const { client } = before;
  const command = [...client.run, ...args] as const;
  const { PATH, HOME, JAVA_HOME, LANG, TMPDIR } = process.env;
  // Nothing else of the runner's environment: a variable of AWS there would be another endpoint.
  const env = { PATH, HOME, JAVA_HOME, LANG, TMPDIR, ...before.env };
  const ended = await runToEnd([client.run[0], ...command.slice(1)], {
    ...{ cwd: directoryOf(client), env, limitMs: RUN_LIMIT_MS },
  });
  const runSeconds = before.runSeconds + ended.seconds;
  try {
    const cases = [...before.cases, ...caseResults(ended.stdout)];
    // A client ends well when it has reported, whatever it reports: the cases say what failed.
    const trouble = ended.code === 0 ? {} : { trouble: troubleOf(command, ended, RUN_LIMIT_MS) };
    return { ...before, cases, runSeconds, ...trouble };
  } catch (error) {
    return { ...before, runSeconds, trouble: `${String(error)}\n${ended.stderr}` };
  }
}

/** The operations of the KMS API that this user called with success, by the audit trail. */
async function calledOperations(userName: string, stage: Stage): Promise<ReadonlySet<string>> {
  const called = new Set<string>();
  for (const record of await auditRecords(stage.strongroom)) {
    const { userIdentity, eventName, errorCode } = record as Record<string, unknown>;
    const by = (userIdentity as { readonly userName?: string } | undefined)?.userName;
    if (by !== userName || errorCode !== undefined) continue;
    if (operations.has(String(eventName))) called.add(String(eventName));
  }
  return called;
}

function everyOperation(called: ReadonlySet<string>): CaseResult {
  const absent = [...operations.keys()].filter((name) => !called.has(name));
  const ok = absent.length === 0;
  return { name: 'every operation', ok, ms: 0, ...(ok ? {} : { detail: absent.join(', ') }) };
}

async function lacks(command: readonly [string, ...string[]]): Promise<string | undefined> {
  const said = command.join(' ');
  try {
    const ended = await runToEnd(command, { cwd: '.', env: process.env, limitMs: 60_000 });
    return ended.code === 0 ? undefined : `\`${said}\` failed`;
  } catch {
    return `there is no \`${command[0]}\``;
  }
}

function troubleOf(command: readonly string[], ended: Ended, limitMs: number): string {
  const how = ended.late ? `took longer than ${limitMs / 1000} s` : `ended with ${ended.code}`;
  return `\`${command.join(' ')}\` ${how}: ${ended.stderr || ended.stdout.slice(-2000)}`;
}

const directoryOf = ({ directory }: Client): string => join(import.meta.dirname, directory);
