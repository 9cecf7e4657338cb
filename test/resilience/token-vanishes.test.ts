import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decrypt,
  encrypt,
  makeKey,
  makeTokenKey,
  PLAINTEXT,
  roundTrip,
} from '../support/clients.js';
import { connectedKeyStore, connectionState } from '../support/custom-key-store.js';
import { eventually } from '../support/eventually.js';
import { CLUSTER_ID } from '../support/faulty-strongroom.js';
import { hostOf } from '../support/processes.js';
import { Strongroom } from '../support/strongroom.js';

const UNREACHABLE = {
  name: 'KMSInvalidStateException',
  message: 'KMS cannot communicate with your CloudHSM cluster',
};

/** SoftHSM's directory of one token: the one whose token.object holds the label. */
async function tokenDirectory(strongroom: Strongroom, label: string): Promise<string> {
  const tokens = join(strongroom.dataDir, 'softhsm', 'tokens');
  for (const name of await readdir(tokens)) {
    const object = await readFile(join(tokens, name, 'token.object'));
    if (object.includes(label)) return join(tokens, name);
  }
  throw new Error(`no token is labelled ${label}`);
}

describe("a custom key store's token that vanishes", () => {
  let strongroom: Strongroom;
  let client: KMSClient;
  let storeId: string;
  let tokenKey: string;

  beforeAll(async () => {
    strongroom = await Strongroom.start();
    client = await strongroom.client();
    storeId = await connectedKeyStore(strongroom, client);
    tokenKey = await makeTokenKey(client, storeId);
  });
  afterAll(() => strongroom.dispose());

  it('fails its calls, leaves the store CONNECTED, and comes back by itself', async () => {
    const ciphertext = await encrypt(client, tokenKey);
    const directory = await tokenDirectory(strongroom, CLUSTER_ID);
    const aside = join(strongroom.dir, 'unplugged');
    await rename(directory, aside);
    // SoftHSM answers from memory; a fresh host has none.
    process.kill(await hostOf(strongroom, CLUSTER_ID), 'SIGKILL');

    await expect(encrypt(client, tokenKey)).rejects.toMatchObject(UNREACHABLE);
    await expect(decrypt(client, ciphertext)).rejects.toMatchObject(UNREACHABLE);
    await connectionState(client, storeId, 'CONNECTED');
    await roundTrip(client, await makeKey(client));

    await rename(aside, directory);
    const opened = await eventually('an answer of the token', () => decrypt(client, ciphertext));
    expect(Buffer.from(opened)).toEqual(PLAINTEXT);
    await connectionState(client, storeId, 'CONNECTED');
  });

  it('before a restart of the server: connects when it is back, without being asked', async () => {
    await strongroom.stop();
    const directory = await tokenDirectory(strongroom, CLUSTER_ID);
    const aside = join(strongroom.dir, 'unplugged');
    await rename(directory, aside);
    await strongroom.start();
    client = await strongroom.client();
    await roundTrip(client, await makeKey(client));
    await connectionState(client, storeId, 'CONNECTING');

    await rename(aside, directory);
    await connectionState(client, storeId, 'CONNECTED');
    await roundTrip(client, tokenKey);
  });
});
