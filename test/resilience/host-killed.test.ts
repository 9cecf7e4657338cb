import type { KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decrypt,
  encrypt,
  keyState,
  makeKey,
  makeTokenKey,
  PLAINTEXT,
  roundTrip,
} from '../support/clients.js';
import { connectedKeyStore, connectionState } from '../support/custom-key-store.js';
import { CLUSTER_ID } from '../support/faulty-strongroom.js';
import { killHosts } from '../support/kills/host-kills.js';
import { Load } from '../support/kills/load.js';
import { RandomMoments } from '../support/kills/random-moments.js';
import { hostOf } from '../support/processes.js';
import { Strongroom } from '../support/strongroom.js';

describe('a token host that is killed', () => {
  let strongroom: Strongroom;
  let client: KMSClient;
  let storeId: string;

  beforeAll(async () => {
    strongroom = await Strongroom.start();
    client = await strongroom.client();
    storeId = await connectedKeyStore(strongroom, client);
  });
  afterAll(() => strongroom.dispose());

  it('many times under load: clients without retries see no failure', async () => {
    const keyId = await makeTokenKey(client, storeId);
    const before = encrypt(client, keyId);
    const kills = await killHosts(
      { strongroom, moments: new RandomMoments() },
      { tokenId: CLUSTER_ID, use: () => roundTrip(client, keyId), times: 25 },
    );
    expect(kills.errors).toEqual([]);
    expect(kills.killed).toBe(25);
    expect(kills.answers).toBeGreaterThan(25);
    expect(Buffer.from(await decrypt(client, await before))).toEqual(PLAINTEXT);
    await connectionState(client, storeId, 'CONNECTED');
    expect(await keyState(client, keyId)).toBe('Enabled');
  });

  it("the root token's: warm software keys go on, cold ones wait for its successor", async () => {
    // A key that was never used is a cold one: its material lies sealed in the database.
    const [cold, warm] = [await makeKey(client), await makeKey(client)];
    await roundTrip(client, warm);
    const host = await hostOf(strongroom, 'root');
    const load = new Load(2, () => roundTrip(client, warm));
    await load.answered(10);
    process.kill(host, 'SIGKILL');
    await roundTrip(client, cold);
    await load.answered(10);
    await load.stop();
    expect(load.errors).toEqual([]);
    expect(await hostOf(strongroom, 'root', host)).not.toBe(host);
    await expect(makeKey(client)).resolves.toBeTruthy();
  });
});
