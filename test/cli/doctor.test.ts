/**
 * What `doctor` finds, and that what an older version took and this one can't read is named, by the server
 * too.
 */
import { execFile } from 'node:child_process';
import { rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateKeyCommand, EncryptCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Finding } from '../../src/app/doctor/finding.js';
import { commandLine } from '../support/command-line.js';
import { databaseFile, query } from '../support/database-file.js';
import { POLICY } from '../support/operations/surroundings.js';
import { allow, type Clients, clientsOf, document } from '../support/principals.js';
import { sealRows } from '../support/root-key.js';
import { ACCOUNT_ID, REGION, Strongroom } from '../support/strongroom.js';

const UNREADABLE = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Deny',
      Principal: '*',
      Action: '*',
      Resource: '*',
      Condition: { No: { 'aws:username': 'x' } },
    },
  ],
});
const ROLE = `arn:aws:iam::${ACCOUNT_ID}:role/Reader`;

let strongroom: Strongroom;
let root: Clients;
let KeyId = '';
beforeAll(async () => {
  strongroom = await Strongroom.start();
  root = clientsOf(strongroom, await strongroom.credentials());
  KeyId = (await root.kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
  await root.kms.send(new CreateKeyCommand({}));
  await root.iam.send(
    new CreateRoleCommand({
      RoleName: 'Reader',
      AssumeRolePolicyDocument: document({
        ...{ Effect: 'Allow', Principal: { AWS: ACCOUNT_ID }, Action: 'sts:AssumeRole' },
      }),
    }),
  );
  await root.iam.send(
    new PutRolePolicyCommand({
      ...{ RoleName: 'Reader', PolicyName: 'own', PolicyDocument: allow('kms:*') },
    }),
  );
});
afterAll(() => strongroom?.dispose());

/** As if an older version had stored it. */
async function plant(): Promise<void> {
  const file = databaseFile(strongroom);
  await query(file, 'UPDATE keys SET policy = ? WHERE key_id = ?', [UNREADABLE, KeyId]);
  const [row] = await query(file, 'SELECT body FROM iam_entities WHERE kind = ?', ['role']);
  const role = JSON.parse(String(Object(row).body));
  role.inlinePolicies.own = allow('kms:*', '*', { Condition: { Bool: { 'aws:NoSuch': 'true' } } });
  role.trustPolicy.text = 'no JSON';
  await query(file, 'UPDATE iam_entities SET body = ? WHERE kind = ?', [
    JSON.stringify(role),
    'role',
  ]);
  await sealRows(strongroom);
}

it('finds nothing wrong where nothing is, and leaves no trace', async () => {
  const { code, stdout, stderr } = await strongroom.cli('doctor');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const line of [
    /^\[[+!]\] directories: .*data.*MiB are free$/m,
    /^\[\+\] database: .*strongroom\.sqlite is whole$/m,
    /^\[\+\] database: \d+ migrations, all known$/m,
    /^\[\+\] tokens: root is there, by its label root$/m,
    /^\[\+\] certificate: none: the endpoint is plain HTTP$/m,
    /^\[\+\] clock: no file is of a later time$/m,
    /^\[\+\] peers: none are configured$/m,
    /^\[\+\] server: it is ready at http:/m,
    /^\[\+\] server: no row that it has read has a broken seal$/m,
    /^\[\+\] policies: every stored policy can be read$/m,
  ]) {
    expect(stdout).toMatch(line);
  }
  const dir = join(strongroom.dir, 'not-there');
  const file = join(strongroom.dir, 'empty.yaml');
  await writeFile(file, `dataDir: ${dir}\n`);
  const nothing = await commandLine(strongroom, 'doctor', '--config', file);
  expect(nothing.code).toBe(1);
  await expect(stat(dir)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('names what is wrong, each by itself', async () => {
  const [cert, key] = await selfSigned(strongroom.dir, 1);
  const late = join(strongroom.dataDir, 'late');
  await writeFile(late, '', { mode: 0o600 });
  await utimes(late, new Date(), new Date(Date.now() + 3_600_000));
  const damaged = join(strongroom.dir, 'damaged.sqlite');
  await writeFile(damaged, Buffer.alloc(8192, 'x'), { mode: 0o600 });
  const file = join(strongroom.dir, 'wrong.yaml');
  await writeFile(
    file,
    stringify({
      ...{ port: 0, databaseUrl: `sqlite:${damaged}`, tls: { cert, key } },
      audit: { dir: join(strongroom.dir, 'none') },
      peers: {
        'eu-west-1': `http://127.0.0.1:1#ed25519:${'A'.repeat(43)}`,
        'eu-west-2': `${strongroom.endpoint}#ed25519:${'A'.repeat(43)}`,
      },
    }),
  );
  const { code, text } = await commandLine(strongroom, 'doctor', '--config', file);
  await rm(late);
  expect(code).toBe(1);
  for (const line of [
    /^\[!\] directories: .*none is not there: serve makes it$/m,
    /^\[-\] database: .*(not a database|damaged)/m,
    /^\[!\] certificate: .*server\.crt expires 20/m,
    /^\[-\] clock: .*late was written 3\d{3} s after now: the clock is slow$/m,
    /^\[-\] peers: eu-west-1: http:\/\/127\.0\.0\.1:1 does not answer: /m,
    /^\[-\] peers: eu-west-2: \S+ has another key than the configuration names$/m,
    /^\[-\] policies: /m,
  ]) {
    expect(text).toMatch(line);
  }
  await writeFile(file, 'port: x\nhost: "?"\n');
  const faults = await commandLine(strongroom, 'doctor', '--config', file);
  expect(faults).toMatchObject({
    code: 2,
    text: expect.stringMatching(/^\[-\] configuration: .*\n\[-\] configuration: [^\n]*$/),
  });
});

/** @returns paths of a certificate and its key */
async function selfSigned(dir: string, days: number): Promise<[string, string]> {
  const [cert, key] = [join(dir, 'server.crt'), join(dir, 'server.key')];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-subj', '/CN=localhost', '-days', String(days), '-out', cert, '-keyout', key],
  ]);
  return [cert, key];
}

it('names every document that cannot be read, and so does a server that starts', async () => {
  await strongroom.stop();
  await plant();
  const { code, stdout } = await strongroom.cli('doctor', '--json');
  expect(code).toBe(1);
  const where = [
    `${ROLE}/own`,
    `the trust policy of ${ROLE}`,
    `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/${KeyId}`,
  ];
  const { findings } = JSON.parse(stdout);
  const denies = 'cannot be read, and denies everything:';
  const failed = { check: 'policies', outcome: 'failed' };
  expect(findings.filter(({ outcome }: Finding) => outcome === 'failed')).toEqual([
    {
      ...failed,
      text: `${where[0]} ${denies} Policy contains a condition key that has no value on this server: aws:NoSuch.`,
    },
    { ...failed, text: `${where[1]} ${denies} Policy contains invalid JSON.` },
    { ...failed, text: `${where[2]} ${denies} Invalid Condition type : No.` },
  ]);
  expect(findings).toContainEqual({
    ...{ check: 'server', outcome: 'unknown' },
    text: 'none runs with this data directory, so that no seal of a row can be checked',
  });
  await strongroom.start();
  for (const each of where) await expect.poll(() => strongroom.log).toContain(each);
});

it('the root user puts it right', async () => {
  root = clientsOf(strongroom, await strongroom.credentials());
  const encrypt = () => root.kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
  await expect(encrypt()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await root.kms.send(new PutKeyPolicyCommand({ KeyId, Policy: POLICY }));
  await encrypt();
  const { stdout } = await strongroom.cli('doctor');
  expect(stdout).not.toContain(KeyId);
});
