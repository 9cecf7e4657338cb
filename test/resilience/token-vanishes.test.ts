import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeCustomKeyStoresCommand, type KMSClient } from '@aws-sdk/client-kms';
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

/** What the server tells of a store, and of its readiness. */
async function told(strongroom: Strongroom, client: KMSClient, CustomKeyStoreId: string) {
  const { CustomKeyStores } = await client.send(
    new DescribeCustomKeyStoresCommand({ CustomKeyStoreId }),
  );
  const ready = await fetch(`${strongroom.endpoint}/readyz?verbose`);
  const lines = (await ready.text()).trimEnd().split('\n');
  return {
    state: CustomKeyStores?.[0]?.ConnectionState,
    code: CustomKeyStores?.[0]?.ConnectionErrorCode,
    readyz: [ready.status, ...lines.filter((line) => !line.startsWith('[+]'))],
  };
}

const PASSED = 'readyz check passed';
const away = (warning: string) => ({
  code: 'CLUSTER_NOT_FOUND',
  readyz: [200, `[!]${warning}`, PASSED],
});
const THERE = { code: undefined, readyz: [200, PASSED] };

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

  it('fails its calls, leaves the store CONNECTED with the reason, and comes back by itself', async () => {
    const ciphertext = await encrypt(client, tokenKey);
    const directory = await tokenDirectory(strongroom, CLUSTER_ID);
    const aside = join(strongroom.dir, 'unplugged');
    await rename(directory, aside);
    // SoftHSM answers from memory; a fresh host has none.
    process.kill(await hostOf(strongroom, CLUSTER_ID), 'SIGKILL');

    await expect(encrypt(client, tokenKey)).rejects.toMatchObject(UNREACHABLE);
    await expect(decrypt(client, ciphertext)).rejects.toMatchObject(UNREACHABLE);
    expect(await told(strongroom, client, storeId)).toEqual({
      state: 'CONNECTED',
      ...away(`token ${CLUSTER_ID} absent (CKR_TOKEN_NOT_PRESENT)`),
    });
    await roundTrip(client, await makeKey(client));

    await rename(aside, directory);
    const opened = await eventually('an answer of the token', () => decrypt(client, ciphertext));
    expect(Buffer.from(opened)).toEqual(PLAINTEXT);
    expect(await told(strongroom, client, storeId)).toEqual({ state: 'CONNECTED', ...THERE });
  });

  it('before a restart of the server: connects when it is back, without being asked', async () => {
    await strongroom.stop();
    const directory = await tokenDirectory(strongroom, CLUSTER_ID);
    const aside = join(strongroom.dir, 'unplugged');
    await rename(directory, aside);
    await strongroom.start();
    client = await strongroom.client();
    await roundTrip(client, await makeKey(client));
    await expect
      .poll(() => told(strongroom, client, storeId))
      .toEqual({
        state: 'CONNECTING',
        ...away(`custom key store ${storeId} CONNECTING (CLUSTER_NOT_FOUND)`),
      });

    await rename(aside, directory);
    await connectionState(client, storeId, 'CONNECTED');
    expect(await told(strongroom, client, storeId)).toEqual({ state: 'CONNECTED', ...THERE });
    await roundTrip(client, tokenKey);
  });
});
