/** `strongroom token objects` and `token reconcile`, beside a server that runs. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ConnectCustomKeyStoreCommand,
  DisconnectCustomKeyStoreCommand,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TokenObject } from '../../src/app/token/token-objects.js';
import { makeTokenKey, roundTrip } from '../support/clients.js';
import { connectedKeyStore, connectionState, newKeyStore } from '../support/custom-key-store.js';
import { CLUSTER_ID } from '../support/faulty-strongroom.js';
import { Pkcs11Tool } from '../support/pkcs11-tool.js';
import { storedRows } from '../support/stored-rows.js';
import { Strongroom } from '../support/strongroom.js';

const FOREIGN_ID = 'abcdef01';

/** With what the CKA_ID of a check's key begins, in hexadecimal of its own. */
const OF_CHECKS = Buffer.from('srchk', 'latin1').toString('hex');

const BARRED = expect.stringMatching(
  /refused the password of the custom key store store-of-cluster-softhsmtoken, which is still set/,
);

let strongroom: Strongroom;
let storeId: string;
let tool: Pkcs11Tool;
let keyId: string;
beforeAll(async () => {
  strongroom = await Strongroom.start();
  const client = await strongroom.client();
  storeId = await connectedKeyStore(strongroom, client);
  keyId = await makeTokenKey(client, storeId);
  tool = new Pkcs11Tool(strongroom, CLUSTER_ID);
  await tool.makeKey('another application', FOREIGN_ID);
});
afterAll(() => strongroom?.dispose());

async function run(...args: string[]) {
  const { code, stdout } = await strongroom.cli('token', ...args, '--json');
  return { code, json: JSON.parse(stdout) };
}

async function objects(id: string): Promise<readonly TokenObject[]> {
  const { code, json } = await run('objects', id);
  expect(code).toBe(0);
  return json.objects;
}

describe('token objects', () => {
  it('says whose each key is', async () => {
    const found = await objects(CLUSTER_ID);
    const ours = found.find(({ is }) => is === 'live');
    expect(ours).toMatchObject({
      objectClass: 'secret',
      label: expect.stringContaining(keyId),
      key: { keyId, region: 'us-east-1' },
    });
    const foreign = found.find(({ is }) => is === 'foreign');
    expect(foreign).toMatchObject({ label: 'another application' });
  });

  it('knows the root key, and the key that signs the audit trail', async () => {
    const found = (await objects('root')).map(({ is, objectClass }) => `${is}: ${objectClass}`);
    expect(found.sort()).toEqual(['audit-key: private', 'root-key: secret']);
  });

  it('is no token’s that is not configured', async () => {
    const { code, stderr } = await strongroom.cli('token', 'objects', 'cluster-unknown2222');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^strongroom: no token with the id [^\n]*\n$/),
    });
  });
});

describe('token reconcile', () => {
  it('must be told that it is to change nothing', async () => {
    expect((await strongroom.cli('token', 'reconcile', CLUSTER_ID)).code).toBe(2);
  });

  it('finds nothing amiss, and then what a restored token lacks', async () => {
    const whole = await run('reconcile', CLUSTER_ID, '--dry-run');
    expect(whole).toMatchObject({ code: 0, json: { missing: [], duplicates: [] } });
    const [ckaId = ''] = (await tool.keyIds()).filter((id) => id !== FOREIGN_ID);
    await tool.run('--delete-object', '--type', 'secrkey', '--id', ckaId);
    const { code, json } = await run('reconcile', CLUSTER_ID, '--dry-run');
    expect({ code, missing: json.missing }).toEqual({
      code: 1,
      missing: [expect.objectContaining({ is: 'live', key: expect.objectContaining({ keyId }) })],
    });
    const told = await strongroom.cli('token', 'reconcile', CLUSTER_ID, '--dry-run');
    expect(told.stdout).toMatch(new RegExp(`^MISSING [0-9a-f]{32} \\(live\\): key ${keyId} `));
  });
});

it('token check goes by a server that uses the same token, and leaves nothing in it', async () => {
  const client = await strongroom.client();
  const key = await makeTokenKey(client, storeId);
  const before = await tool.keyIds();
  const checking = run('check', CLUSTER_ID);
  let isChecked = false;
  void checking.finally(() => {
    isChecked = true;
  });
  let served = 0;
  while (!isChecked) {
    await roundTrip(client, key);
    served += 1;
  }
  const { code, json } = await checking;
  expect({ code, problems: json.problems, left: json.trial?.left }).toEqual({
    ...{ code: 0, problems: [], left: [] },
  });
  expect(served).toBeGreaterThan(0);
  expect(await tool.keyIds()).toEqual(before);
  const found = await objects(CLUSTER_ID);
  expect(found.filter(({ ckaId }) => ckaId.startsWith(OF_CHECKS))).toEqual([]);
}, 240_000);

describe('a password that the token refused', () => {
  it('counts a PIN that a command tried, once', async () => {
    await writeFile(join(strongroom.dir, 'wrong.pin'), 'not-the-pin', { mode: 0o600 });
    const wrong = ['token', 'objects', CLUSTER_ID, '--pin-file', 'wrong.pin'];
    for (const words of [/CKR_PIN_INCORRECT/, /refused this PIN before/]) {
      const { code, stderr } = await strongroom.cli(...wrong);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(words) });
    }
    expect((await storedRows(strongroom)).refused_pins).toBe(1);
  });

  it('bars every PIN from the commands, as long as it is set', async () => {
    const client = await strongroom.client();
    const at = { CustomKeyStoreId: storeId };
    await client.send(new DisconnectCustomKeyStoreCommand(at));
    await connectionState(client, storeId, 'DISCONNECTED');
    await client.send(new UpdateCustomKeyStoreCommand({ ...at, KeyStorePassword: 'not-the-pin' }));
    await client.send(new ConnectCustomKeyStoreCommand(at));
    await connectionState(client, storeId, 'FAILED');
    const checked = await run('check', CLUSTER_ID);
    expect(checked).toMatchObject({ code: 1, json: { fit: false, problems: [BARRED] } });
    expect(checked.json).not.toHaveProperty('trial');
    const listed = await strongroom.cli('token', 'objects', CLUSTER_ID);
    expect(listed).toMatchObject({ code: 1, stdout: '', stderr: BARRED });
    const { KeyStorePassword } = await newKeyStore(strongroom);
    await client.send(new DisconnectCustomKeyStoreCommand(at));
    await connectionState(client, storeId, 'DISCONNECTED');
    await client.send(new UpdateCustomKeyStoreCommand({ ...at, KeyStorePassword }));
    expect(await objects(CLUSTER_ID)).not.toEqual([]);
  });
});
