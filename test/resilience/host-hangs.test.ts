import type { KMSClient } from '@aws-sdk/client-kms';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encrypt, keyState, makeKey, makeTokenKey, roundTrip } from '../support/clients.js';
import { connectedKeyStore, connectionState } from '../support/custom-key-store.js';
import { eventually } from '../support/eventually.js';
import {
  CLUSTER_ID,
  type FaultyStrongroom,
  faultyStrongroom,
} from '../support/faulty-strongroom.js';
import { Load } from '../support/kills/load.js';
import { hostOf, whenGone } from '../support/processes.js';

const UNREACHABLE = {
  name: 'KMSInvalidStateException',
  message: 'KMS cannot communicate with your CloudHSM cluster',
};

describe('a token host that hangs', () => {
  let faulty: FaultyStrongroom;
  let client: KMSClient;
  let storeId: string;
  let tokenKey: string;
  let warm: string;

  beforeAll(async () => {
    faulty = await faultyStrongroom({
      yaml: { limits: { requestTimeoutMs: 5000 } },
      token: { callTimeoutMs: 2000 },
    });
    await faulty.strongroom.start();
    client = await faulty.strongroom.client();
    storeId = await connectedKeyStore(faulty.strongroom, client);
    [tokenKey, warm] = [await makeTokenKey(client, storeId), await makeKey(client)];
    // On a busy machine the token's probe may keep it longer than one request waits.
    await eventually('a first answer', () => roundTrip(client, tokenKey).then(() => true));
    await roundTrip(client, warm);
  });
  afterEach(async () => {
    await Promise.all([faulty.root.clear(), faulty.cluster.clear()]);
  });
  afterAll(() => faulty.dispose());

  it("a custom key store's: the deadline answers, the host is replaced, software keys never notice", async () => {
    const host = await hostOf(faulty.strongroom, CLUSTER_ID);
    const load = new Load(2, async () => {
      await roundTrip(client, warm);
      await makeKey(client);
    });
    await load.answered(4);
    await faulty.cluster.set('hang C_Encrypt');
    await expect(encrypt(client, tokenKey)).rejects.toMatchObject(UNREACHABLE);
    await whenGone(host);
    await load.answered(4);
    await load.stop();
    expect(load.errors).toEqual([]);
    await connectionState(client, storeId, 'CONNECTED');

    await faulty.cluster.clear();
    expect(await hostOf(faulty.strongroom, CLUSTER_ID, host)).not.toBe(host);
    await eventually('an answer of the next host', () =>
      roundTrip(client, tokenKey).then(() => true),
    );
    expect(await keyState(client, tokenKey)).toBe('Enabled');
  });

  it("the root token's: warm software keys never notice, what needs the token is told so", async () => {
    // The request's second may be too short for a busy machine.
    const cold = await eventually('a key', () => makeKey(client));
    const host = await hostOf(faulty.strongroom, 'root');
    const load = new Load(2, () => roundTrip(client, warm));
    await load.answered(4);
    await faulty.root.set('hang C_Decrypt', 'hang C_GenerateRandom');
    const timedOut = {
      name: 'DependencyTimeoutException',
      message: expect.stringMatching(/^The root token did not answer within \d{4} ms\.$/),
    };
    await Promise.all([
      expect(encrypt(client, cold)).rejects.toMatchObject(timedOut),
      expect(makeKey(client)).rejects.toMatchObject(timedOut),
    ]);
    await whenGone(host);
    await load.answered(4);
    await load.stop();
    expect(load.errors).toEqual([]);

    await faulty.root.clear();
    await eventually('a software key of the next host', () =>
      roundTrip(client, cold).then(() => true),
    );
    await expect(makeKey(client)).resolves.toBeTruthy();
  });

  it('while it starts: the store is CONNECTED all the same and comes back', async () => {
    const host = await hostOf(faulty.strongroom, CLUSTER_ID);
    await faulty.cluster.set('hang C_Initialize');
    process.kill(host, 'SIGKILL');
    await expect(encrypt(client, tokenKey)).rejects.toMatchObject(UNREACHABLE);
    await connectionState(client, storeId, 'CONNECTED');
    await faulty.cluster.clear();
    await eventually('an answer', () => roundTrip(client, tokenKey).then(() => true));
  });
});
