/** The audit trail of a server that is killed while it writes, and the commands that read it. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { EncryptCommand, type KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeKey } from '../support/clients.js';
import { eventually } from '../support/eventually.js';
import { Strongroom } from '../support/strongroom.js';

let strongroom: Strongroom;
let keyId: string;
/** Request ids of calls that were answered. */
const answered: string[] = [];

beforeAll(async () => {
  strongroom = await Strongroom.start();
  const client = await strongroom.client();
  keyId = await makeKey(client);
});
afterAll(() => strongroom?.dispose());

const auditDir = () => join(strongroom.dataDir, 'audit');

async function run(...args: string[]) {
  const { code, stdout, stderr } = await strongroom.cli('audit', ...args);
  return { code, stdout, stderr };
}

async function verified(...args: string[]) {
  const { code, stdout, stderr } = await run('verify', '--json', ...args);
  return { code, ...JSON.parse(stdout || JSON.stringify({ stderr })) };
}

/** Calls one after the other, until the server is gone. */
async function callUntilGone(client: KMSClient): Promise<void> {
  const Plaintext = Buffer.from('x');
  for (;;) {
    try {
      const { $metadata } = await client.send(new EncryptCommand({ KeyId: keyId, Plaintext }));
      answered.push($metadata.requestId ?? '');
    } catch {
      return;
    }
  }
}

it('is intact over kill -9 while it is written, and has every call that was answered', async () => {
  for (let round = 0; round < 2; round += 1) {
    const client = await strongroom.client();
    const before = answered.length;
    const calls = Promise.all([1, 2, 3].map(() => callUntilGone(client)));
    await eventually('calls', async () => answered.length > before + 100);
    expect(await verified()).toMatchObject({ code: 0, intact: true, problems: [] });
    await strongroom.kill();
    await calls;
    expect(await verified()).toMatchObject({ code: 0, intact: true, problems: [] });
    await strongroom.start();
  }
  await strongroom.stop();
  const whole = await verified();
  expect(whole).toMatchObject({ code: 0, intact: true, notYetInDigest: 0, unsigned: 0 });
  expect(whole.records).toBeGreaterThanOrEqual(answered.length);
  const { stdout } = await run('search', '--event-name', 'Encrypt', '--limit', '100000', '--json');
  const found = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).requestID);
  expect(new Set(found)).toEqual(new Set([...found, ...answered]));
});

it('is searched and exported by what a record says', async () => {
  await strongroom.start();
  await (await strongroom.client()).send(new ListKeysCommand({}));
  const found = await run('search', '--event-name', 'ListKeys', '--principal', 'nobody');
  expect(found).toEqual({ code: 0, stdout: '', stderr: '' });
  const criteria = [
    ['--event-name', 'ListKeys', '--outcome', 'success', '--from', '2026-01-01'],
    ['--key', keyId, '--event-name', 'CreateKey'],
    ['--request-id', answered[0] ?? '', '--principal', 'arn:aws:iam::111122223333:root'],
  ];
  for (const each of criteria) {
    const { stdout } = await run('search', ...each);
    expect(stdout.trim().split('\n')).toHaveLength(1);
  }
  expect((await run('search', '--outcome', 'failure')).stdout).toBe('');
  const out = join(strongroom.dir, 'records.json.gz');
  const exported = ['export', '--event-name', 'CreateKey', '--format', 'cloudtrail', '--out', out];
  expect(await run(...exported)).toMatchObject({ code: 0 });
  const { Records } = JSON.parse(gunzipSync(readFileSync(out)).toString());
  expect(Records).toMatchObject([{ eventName: 'CreateKey' }]);
  expect(await run(...exported)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^strongroom: [^\n]* is there already\n$/),
  });
  expect((await run('search', '--from', 'yesterday')).code).toBe(2);
  await strongroom.stop();
});

it('is verified by a public key alone, and says which record was changed', async () => {
  const pem = join(strongroom.dir, 'key.pem');
  writeFileSync(pem, (await run('key')).stdout, { mode: 0o600 });
  const [name = ''] = readdirSync(auditDir()).filter((each) => each.endsWith('.jsonl'));
  const file = join(auditDir(), name);
  const text = readFileSync(file, 'utf8');
  const alone = ['--dir', auditDir(), '--public-key', pem];
  expect(await verified(...alone)).toMatchObject({ code: 0, intact: true });
  writeFileSync(file, text.replace('"eventName":"Encrypt"', '"eventName":"Decrypt"'));
  const line = text.slice(0, text.indexOf('"eventName":"Encrypt"')).split('\n').length;
  expect(await verified(...alone)).toMatchObject({
    ...{ code: 1, intact: false },
    problems: [{ kind: 'record-edited', file: name, line, eventName: 'Decrypt' }],
  });
  expect((await run('verify')).stdout).toMatch(new RegExp(`^RECORD-EDITED ${name} line ${line}, `));
  writeFileSync(file, text);
  // What is left is signed as the whole of a trail: only the database knows that there was more.
  const digests = join(auditDir(), 'digests');
  const last = readdirSync(digests).sort().at(-1) ?? '';
  rmSync(join(digests, last));
  const kinds = (await verified()).problems.map(({ kind }: { kind: string }) => kind);
  expect(kinds).toEqual(['trail-older', 'records-unproven']);
});
