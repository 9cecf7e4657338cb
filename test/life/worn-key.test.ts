import {
  EncryptCommand,
  GenerateDataKeyCommand,
  type KMSClient,
  ReEncryptCommand,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decrypt, encrypt, makeKey, makeTokenKey, PLAINTEXT } from '../support/clients.js';
import { connectedKeyStore } from '../support/custom-key-store.js';
import { databaseFile, query } from '../support/database-file.js';
import { Strongroom } from '../support/strongroom.js';

const MOST = 2 ** 32;
const WORN_OUT = {
  name: 'KMSInvalidStateException',
  message:
    'The current key material has encrypted 2^32 times, which is the most that AES-GCM allows. It can still decrypt. To encrypt, rotate the key, or use another one.',
};

let strongroom: Strongroom;
let client: KMSClient;
let KeyId: string;

beforeAll(async () => {
  strongroom = await Strongroom.start();
  client = await strongroom.client();
  KeyId = await makeTokenKey(client, await connectedKeyStore(strongroom, client));
});

afterAll(() => strongroom.dispose());

const metrics = async () => (await fetch(`${strongroom.endpoint}/metrics`)).text();

it('a token key encrypts 2^32 times and no more, decrypts on, and begins afresh when it is rotated', async () => {
  const early = await encrypt(client, KeyId);
  await strongroom.stop();
  const before = MOST - 2;
  const file = databaseFile(strongroom);
  const all =
    'UPDATE key_invocations SET reserved = ? WHERE name IN (SELECT material_id FROM key_materials)';
  await query(file, all, [before]);
  await strongroom.start();
  client = await strongroom.client();
  await expect
    .poll(() =>
      encrypt(client, KeyId).then(
        () => 'served',
        (e) => e.name,
      ),
    )
    .toBe('served');
  expect(await metrics()).toMatch(/^strongroom_token_keys_wearing_out 1$/m);
  expect(strongroom.log).toContain('rotated or replaced');
  const late = await encrypt(client, KeyId);
  const source = await encrypt(client, await makeKey(client));
  for (const refused of [
    () => client.send(new EncryptCommand({ KeyId, Plaintext: PLAINTEXT })),
    () => client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })),
    () => client.send(new ReEncryptCommand({ CiphertextBlob: source, DestinationKeyId: KeyId })),
  ]) {
    await expect(refused()).rejects.toMatchObject(WORN_OUT);
  }
  for (const blob of [early, late]) {
    expect(Buffer.from(await decrypt(client, blob))).toEqual(PLAINTEXT);
  }
  await client.send(new RotateKeyOnDemandCommand({ KeyId }));
  const fresh = await encrypt(client, KeyId);
  for (const blob of [early, late, fresh]) {
    expect(Buffer.from(await decrypt(client, blob))).toEqual(PLAINTEXT);
  }
});
