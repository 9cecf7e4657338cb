import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectedKeyStore, connectionState } from '../support/custom-key-store.js';
import { AwsJsonFace } from '../support/faces/aws-json-face.js';
import {
  CLUSTER_ID,
  type FaultyStrongroom,
  faultyStrongroom,
} from '../support/faulty-strongroom.js';

let faulty: FaultyStrongroom;
beforeAll(async () => {
  faulty = await faultyStrongroom();
  await faulty.strongroom.start();
});
afterAll(() => faulty?.dispose());

it('a disconnection that overtakes the opening of the password leaves no token host', async () => {
  const { strongroom, root } = faulty;
  const client = await strongroom.client();
  const face = new AwsJsonFace(client);
  const CustomKeyStoreId = await connectedKeyStore(strongroom, client);
  await face.call('DisconnectCustomKeyStore', { CustomKeyStoreId });
  await connectionState(client, CustomKeyStoreId, 'DISCONNECTED');

  await root.set('hang C_Decrypt');
  const before = await root.calls('C_Decrypt');
  await face.call('ConnectCustomKeyStore', { CustomKeyStoreId });
  await expect.poll(() => root.calls('C_Decrypt')).toBeGreaterThan(before);
  await face.call('DisconnectCustomKeyStore', { CustomKeyStoreId });
  await root.clear();
  await connectionState(client, CustomKeyStoreId, 'DISCONNECTED');

  expect((await strongroom.tokenHosts()).has(CLUSTER_ID)).toBe(false);
  await face.call('ConnectCustomKeyStore', { CustomKeyStoreId });
  await connectionState(client, CustomKeyStoreId, 'CONNECTED');
  expect((await strongroom.tokenHosts()).has(CLUSTER_ID)).toBe(true);
});
