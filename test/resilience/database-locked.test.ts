import { join } from 'node:path';
import { promisify } from 'node:util';
import { type KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import sqlite3 from 'sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decrypt, encrypt, endingOf, keyState, makeKey } from '../support/clients.js';
import { databaseFile } from '../support/database-file.js';
import { Strongroom } from '../support/strongroom.js';
import { auditedCalls } from './audit-trail-file.js';

/** Less than a writer waits for another process, so that it is the deadline that ends a call. */
const LIMIT_MS = 4000;

let strongroom: Strongroom;
let client: KMSClient;

beforeAll(async () => {
  // With one key in memory each call is about a key that isn't there.
  const limits = { requestTimeoutMs: LIMIT_MS, maxCachedKeys: 1 };
  strongroom = await Strongroom.start({ yaml: { limits } });
  client = await strongroom.client();
});
afterAll(() => strongroom.dispose());

/** Has another process's transaction, which doesn't end. @returns what ends it */
async function lock(): Promise<() => Promise<void>> {
  const other = new sqlite3.Database(databaseFile(strongroom));
  other.configure('busyTimeout', LIMIT_MS);
  const run = promisify<string, void>(other.exec.bind(other));
  await run('BEGIN IMMEDIATE');
  return async () => {
    await run('ROLLBACK');
    await promisify<void>(other.close.bind(other))();
  };
}

const keys = async () =>
  ((await client.send(new ListKeysCommand({ Limit: 1000 }))).Keys ?? []).length;

it('what changes nothing does not wait for who holds the database; what does ends at its deadline, undone', async () => {
  const [first, second] = [await makeKey(client), await makeKey(client)];
  const ciphertext = await encrypt(client, second);
  const before = await keys();
  const unlock = await lock();
  let answered = 0;
  let ended = false;
  const creation = endingOf(makeKey(client)).finally(() => {
    ended = true;
  });
  while (!ended) {
    await encrypt(client, first);
    await decrypt(client, ciphertext);
    expect(await keyState(client, first)).toBe('Enabled');
    if (!ended) answered += 1;
  }
  expect(await creation).toBe('KMSInternalException');
  expect(answered).toBeGreaterThan(2);
  await unlock();
  await makeKey(client);
  expect(await keys()).toBe(before + 1);
  const creations = await auditedCalls(join(strongroom.dataDir, 'audit'), 'CreateKey');
  expect(creations.map(({ errorCode }) => errorCode)).toEqual([
    ...[undefined, undefined],
    ...['KMSInternalException', undefined],
  ]);
});
