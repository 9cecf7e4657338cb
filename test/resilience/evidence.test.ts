import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DisableKeyCommand, EnableKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { endingOf, keyState, makeKey } from '../support/clients.js';
import { eventually } from '../support/eventually.js';
import { Strongroom } from '../support/strongroom.js';
import { auditedCalls, auditedRequests, withoutTrail } from './audit-trail-file.js';

let strongroom: Strongroom;
let client: KMSClient;
let keyId: string;
let auditDir: string;

beforeAll(async () => {
  strongroom = await Strongroom.start();
  client = await strongroom.client();
  keyId = await makeKey(client);
  auditDir = join(strongroom.dataDir, 'audit');
});
afterAll(() => strongroom.dispose());

async function readiness(): Promise<string> {
  const response = await fetch(`${strongroom.endpoint}/readyz`);
  const { status } = Object(await response.json());
  return `${response.status} ${status}`;
}

it('a change has its record, though the trail could not be written when it was made', async () => {
  const restore = await withoutTrail(auditDir);
  expect(await endingOf(client.send(new DisableKeyCommand({ KeyId: keyId })))).toBe(
    'KMSInternalException',
  );
  await eventually('a server that is not ready', async () => {
    return (await readiness()) === '503 audit trail not usable';
  });
  // What is refused since is not done.
  expect(await endingOf(client.send(new EnableKeyCommand({ KeyId: keyId })))).toBe(
    'KMSInternalException',
  );
  await restore();
  await eventually('a server that is ready', async () => (await readiness()) === '200 ready');
  expect(await keyState(client, keyId)).toBe('Disabled');
  const disabled = await eventually('the record of the change', async () => {
    const calls = await auditedCalls(auditDir, 'DisableKey');
    return calls.length > 0 && calls;
  });
  // The file that was moved away may have it, too: it is the same record.
  expect(new Set(disabled.map((record) => JSON.stringify(record))).size).toBe(1);
  expect(disabled[0]).toMatchObject({
    responseElements: { keyId: expect.stringContaining(keyId) },
  });
  expect(disabled[0]).not.toHaveProperty('errorCode');
  await client.send(new EnableKeyCommand({ KeyId: keyId }));
  expect(await keyState(client, keyId)).toBe('Enabled');
});

it('no record is written to a file that was removed', async () => {
  await client.send(new DisableKeyCommand({ KeyId: keyId }));
  for (const name of await readdir(auditDir)) {
    if (name.endsWith('.jsonl')) await rm(join(auditDir, name));
  }
  const { $metadata } = await client.send(new EnableKeyCommand({ KeyId: keyId }));
  expect(await auditedRequests(auditDir)).toEqual(new Set([$metadata.requestId]));
});

it('who does not sign has a budget of records, and short ones', async () => {
  const { endpoint } = strongroom;
  const before = (await auditedCalls(auditDir, 'Unknown')).length;
  const call = async () => {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'user-agent': '\u009b'.repeat(2000),
    };
    const response = await fetch(endpoint, { method: 'POST', headers, body: '{}' });
    await response.arrayBuffer();
    return response.status;
  };
  for (let round = 0; round < 14; round += 1) {
    const statuses = await Promise.all(Array.from({ length: 50 }, call));
    expect(new Set(statuses)).toEqual(new Set([400]));
  }
  const calls = await auditedCalls(auditDir, 'Unknown');
  expect(calls.length - before).toBeGreaterThanOrEqual(600);
  expect(calls.length - before).toBeLessThan(700);
  for (const record of calls) expect(JSON.stringify(record).length).toBeLessThan(2000);
  await strongroom.stop();
  const [omitted] = await auditedCalls(auditDir, 'UnsignedCallsOmitted');
  const { calls: count } = Object(omitted).serviceEventDetails;
  expect(count).toBe(700 - (calls.length - before));
});
