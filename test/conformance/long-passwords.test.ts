/** Passphrases of HSMs that are longer than a KeyStorePassword of AWS. */
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  DisconnectCustomKeyStoreCommand,
  type KMSClient,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTokenKey, roundTrip } from '../support/clients.js';
import { connectionState } from '../support/custom-key-store.js';
import { configure } from '../support/faulty-strongroom.js';
import { Strongroom } from '../support/strongroom.js';
import { makeTestClusterWith, type TestCluster } from './clusters.js';

const CLUSTER = 'cluster-abcdefghijk';
/** SoftHSM's longest. */
const PIN = 'Ünter den Linden '.repeat(13).slice(0, 240);

let cluster: TestCluster;
let strongroom: Strongroom;
let client: KMSClient;
let CustomKeyStoreId: string;

beforeAll(async () => {
  cluster = await makeTestClusterWith({ pin: PIN }, CLUSTER);
  strongroom = await Strongroom.start({ yaml: { tokens: cluster.tokens } });
  client = await strongroom.client();
});
afterAll(async () => {
  await strongroom?.dispose();
  await cluster?.dispose();
});

const tooLong = (length: number) => ({
  name: 'ValidationException',
  message: `1 validation error detected: Value at 'keyStorePassword' failed to satisfy constraint: Member must have length less than or equal to ${length}`,
});

it('opens a store, up to 256 characters', async () => {
  const members = cluster.members(CLUSTER, 'store');
  const longer = { ...members, KeyStorePassword: 'x'.repeat(257) };
  await expect(client.send(new CreateCustomKeyStoreCommand(longer))).rejects.toMatchObject(
    tooLong(256),
  );
  const made = await client.send(new CreateCustomKeyStoreCommand(members));
  CustomKeyStoreId = made.CustomKeyStoreId ?? '';
  await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
  await connectionState(client, CustomKeyStoreId, 'CONNECTED');
  await roundTrip(client, await makeTokenKey(client, CustomKeyStoreId));
  expect(await cluster.faults.calls('C_Login')).toBe(1);
});

describe('with the limits of AWS', () => {
  beforeAll(async () => {
    await strongroom.stop();
    await configure(strongroom, {
      tokens: cluster.tokens,
      customKeyStores: { limits: 'aws' },
    });
    await strongroom.start();
    client = await strongroom.client();
    await connectionState(client, CustomKeyStoreId, 'CONNECTED');
  });

  it('a store that has one goes on', async () => {
    expect(await cluster.faults.calls('C_Login')).toBe(2);
    await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    await connectionState(client, CustomKeyStoreId, 'DISCONNECTED');
  });

  it.each<[string, then: string, (password: string) => Promise<unknown>]>([
    [
      'CreateCustomKeyStore',
      'CloudHsmClusterInUseException',
      (KeyStorePassword) => {
        const members = { ...cluster.members(CLUSTER, 'another'), KeyStorePassword };
        return client.send(new CreateCustomKeyStoreCommand(members));
      },
    ],
    [
      'UpdateCustomKeyStore',
      'none',
      (KeyStorePassword) =>
        client.send(new UpdateCustomKeyStoreCommand({ CustomKeyStoreId, KeyStorePassword })),
    ],
  ])('%s takes 32 characters', async (_, then, call) => {
    await expect(call('x'.repeat(33))).rejects.toMatchObject(tooLong(32));
    // The cluster has a store already; its password may be changed.
    const refusal = await call('x'.repeat(32)).then(
      () => 'none',
      ({ name }: Error) => name,
    );
    expect(refusal).toBe(then);
  });
});
