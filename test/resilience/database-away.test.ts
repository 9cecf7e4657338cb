import { join } from 'node:path';
import {
  DeleteAccessKeyCommand,
  DeleteUserPolicyCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { DisableKeyCommand, ListKeysCommand } from '@aws-sdk/client-kms';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LEASE_MS } from '../../src/db/memory-lease.js';
import { encrypt, endingOf, makeKey } from '../support/clients.js';
import { DatabaseProxy } from '../support/database-proxy.js';
import { type DatabaseMaker, databases } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { tokenEntry } from '../support/faulty-strongroom.js';
import { allow, type Clients, clientsOf, newUser } from '../support/principals.js';
import { Strongroom } from '../support/strongroom.js';
import { auditedCalls } from './audit-trail-file.js';

/** Of the server behind the proxy: less than its lease, so that its calls wait for the database. */
const LIMIT_MS = 4000;
const LATE = {
  name: 'KMSInternalException',
  message: 'The request was not completed within its time limit. It can be repeated.',
};
const AWAY = 'ServiceUnavailableException';
/** The same of IAM and STS. */
const REFUSED = { name: 'ServiceUnavailable', $metadata: { httpStatusCode: 503 } };

let maker: DatabaseMaker;
let proxy: DatabaseProxy;
/** Reaches the database directly. */
let here: Strongroom;
/** Reaches it by the proxy. */
let there: Strongroom;
let root: Clients;
let rootThere: Clients;

beforeAll(async () => {
  maker = (await databases.find(({ name }) => name === 'PostgreSQL')?.prepare()) as DatabaseMaker;
  const databaseUrl = await maker.create();
  proxy = await DatabaseProxy.start(databaseUrl);
  here = await Strongroom.start({ yaml: { databaseUrl } });
  there = await Strongroom.start({
    yaml: {
      databaseUrl: proxy.url,
      tokens: [tokenEntry(here.dataDir, 'root')],
      limits: { requestTimeoutMs: LIMIT_MS },
    },
  });
  const credentials = await here.credentials();
  root = clientsOf(here, credentials);
  rootThere = clientsOf(there, credentials);
});

afterAll(async () => {
  await there?.dispose();
  await proxy?.stop();
  await here?.dispose();
  await maker?.dispose();
});

async function readiness(): Promise<readonly [status: number, why: string]> {
  const answer = await fetch(`${there.endpoint}/readyz`);
  return [answer.status, ((await answer.json()) as { status: string }).status];
}

const READY = [200, 'ready'];
const NOT_READY = [503, 'database not usable'];
const eventuallyReady = (expected: readonly unknown[]) =>
  expect.poll(readiness).toStrictEqual(expected);

/** A user of this server who has encrypted on the other one, and two ways to end that. */
async function warmUser(name: string, keyId: string) {
  const UserName = `${name}-${made++}`;
  const { credentials } = await newUser(here, root, UserName);
  const policy = { UserName, PolicyName: 'encrypt' };
  await root.iam.send(
    new PutUserPolicyCommand({ ...policy, PolicyDocument: allow('kms:Encrypt') }),
  );
  const { kms } = clientsOf(there, credentials);
  await eventually('the policy', () => encrypt(kms, keyId));
  const AccessKeyId = credentials.accessKeyId;
  return {
    call: () => endingOf(encrypt(kms, keyId)),
    endKey: () => root.iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId })),
    endPolicy: () => root.iam.send(new DeleteUserPolicyCommand(policy)),
  };
}
let made = 0;

/** What works on the other server until it hears of its end. */
async function revocable() {
  const keyId = await makeKey(root.kms);
  const disabled = await makeKey(root.kms);
  const [alice, bob] = [await warmUser('alice', keyId), await warmUser('bob', keyId)];
  await encrypt(rootThere.kms, disabled);
  return {
    calls: [alice.call, bob.call, () => endingOf(encrypt(rootThere.kms, disabled))],
    revoke: async () => {
      await alice.endKey();
      await bob.endPolicy();
      await root.kms.send(new DisableKeyCommand({ KeyId: disabled }));
    },
  };
}

const ENDED = ['UnrecognizedClientException', 'AccessDeniedException', 'DisabledException'];
const all = (calls: readonly (() => Promise<string>)[]) => Promise.all(calls.map((call) => call()));

it('a server that is cut off refuses within seconds what was revoked, and recovers by itself', async () => {
  const { calls, revoke } = await revocable();
  const neverAsked = await makeKey(root.kms);
  proxy.cut();
  const cutAt = performance.now();
  // What isn't in memory can't be answered, lease or not.
  expect(await endingOf(encrypt(rootThere.kms, neverAsked))).toBe(AWAY);
  await expect(rootThere.iam.send(new ListUsersCommand({}))).rejects.toMatchObject(REFUSED);
  await revoke();
  const late: string[] = [];
  await eventually('the end of the lease', async () => {
    const overdue = performance.now() - cutAt >= LEASE_MS;
    const endings = await all(calls);
    if (overdue) late.push(...endings);
    return endings.every((ending) => ending === AWAY);
  });
  expect(late.filter((ending) => ending === 'answered')).toEqual([]);
  await eventuallyReady(NOT_READY);
  const { iam, sts } = rootThere;
  await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject(REFUSED);
  await expect(iam.send(new ListUsersCommand({}))).rejects.toMatchObject(REFUSED);
  proxy.open();
  await eventuallyReady(READY);
  expect(await all(calls)).toEqual(ENDED);
});

it('answers that take longer than the lease renew nothing, and are not waited for once they come', async () => {
  const { calls, revoke } = await revocable();
  proxy.slow(LEASE_MS + 1000);
  await eventuallyReady(NOT_READY);
  await revoke();
  expect(await all(calls)).toEqual([AWAY, AWAY, AWAY]);
  proxy.open();
  await eventuallyReady(READY);
  expect(await all(calls)).toEqual(ENDED);
});

it('a process that was stopped asks before it answers again', async () => {
  const { calls, revoke } = await revocable();
  process.kill(there.pid, 'SIGSTOP');
  const stoppedAt = performance.now();
  await revoke();
  await eventually('the end of the lease', async () => performance.now() - stoppedAt > LEASE_MS);
  // Sent while it stands, so that they are the first that it reads.
  const endings = all(calls);
  await new Promise(setImmediate);
  process.kill(there.pid, 'SIGCONT');
  const allowed = (await endings).map((ending, call) => [ENDED[call], AWAY].includes(ending));
  expect(allowed).toEqual([true, true, true]);
  await eventuallyReady(READY);
  expect(await all(calls)).toEqual(ENDED);
});

const keysOf = async ({ kms }: Clients) =>
  ((await kms.send(new ListKeysCommand({ Limit: 1000 }))).Keys ?? []).length;
const creations = () => auditedCalls(join(there.dataDir, 'audit'), 'CreateKey');

it('while the database is frozen the deadline is told, and what was begun is not done later', async () => {
  const cold = await makeKey(root.kms);
  const [keys, recorded] = [await keysOf(root), (await creations()).length];
  proxy.freeze();
  const calls = [makeKey(rootThere.kms), encrypt(rootThere.kms, cold)];
  for (const ending of await Promise.allSettled(calls)) {
    expect(ending).toMatchObject({ reason: LATE });
  }
  expect((await creations()).slice(recorded)).toMatchObject([{ errorCode: LATE.name }]);
  proxy.open();
  await eventuallyReady(READY);
  // What waited for the same connections is behind it.
  await makeKey(rootThere.kms);
  expect(await keysOf(root)).toBe(keys + 1);
});

it('a commit that is answered too late has its record once it is', async () => {
  const [keys, recorded] = [await keysOf(root), (await creations()).length];
  proxy.freezeAfter('audit_outbox');
  await expect(makeKey(rootThere.kms)).rejects.toMatchObject(LATE);
  expect(await keysOf(root)).toBe(keys + 1);
  expect((await creations()).length).toBe(recorded);
  proxy.open();
  await eventually('the record', async () => (await creations()).length > recorded);
  const [record] = (await creations()).slice(recorded);
  expect(record).not.toHaveProperty('errorCode');
  expect(record?.responseElements).toMatchObject({ keyMetadata: { enabled: true } });
});
