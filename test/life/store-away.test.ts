import {
  ConnectCustomKeyStoreCommand,
  CreateKeyCommand,
  DisconnectCustomKeyStoreCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListKeyRotationsCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decrypt, encrypt, keyState, PLAINTEXT } from '../support/clients.js';
import { connectedKeyStore, connectionState } from '../support/custom-key-store.js';
import { SimulatedServer } from '../support/simulated-server.js';

let server: SimulatedServer;
let client: KMSClient;
let CustomKeyStoreId: string;

beforeAll(async () => {
  server = await SimulatedServer.start();
  client = await server.strongroom.client();
  CustomKeyStoreId = await connectedKeyStore(server.strongroom, client);
});

afterAll(() => server.strongroom.dispose());

async function rotatingKey(members: object): Promise<string> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand(members));
  const KeyId = KeyMetadata?.Arn as string;
  await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
  return KeyId;
}

const rotations = async (KeyId: string) =>
  (await client.send(new ListKeyRotationsCommand({ KeyId }))).Rotations?.length;

// Deletion while the token is away is in deletion.test.ts; expiry needs no token.
it('a due rotation waits for its token, holds up no other, and is made up for', async () => {
  const inToken = await rotatingKey({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId });
  const inSoftware = await rotatingKey({});
  const blob = await encrypt(client, inToken);
  await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }));
  await connectionState(client, CustomKeyStoreId, 'DISCONNECTED');
  expect(await keyState(client, inToken)).toBe('Unavailable');
  await server.advance(91);
  expect(await rotations(inToken)).toBe(0);
  expect(await rotations(inSoftware)).toBe(1);
  const waiting = await client.send(new GetKeyRotationStatusCommand({ KeyId: inToken }));
  expect(waiting.KeyRotationEnabled).toBe(true);
  await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
  await connectionState(client, CustomKeyStoreId, 'CONNECTED');
  // The job's own round, not an advance: a connection is enough.
  await expect.poll(() => rotations(inToken)).toBe(1);
  expect(Buffer.from(await decrypt(client, blob))).toEqual(PLAINTEXT);
  expect(await rotations(inSoftware)).toBe(1);
});
