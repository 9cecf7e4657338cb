import { randomBytes } from 'node:crypto';
import {
  CreateKeyCommand,
  DeleteImportedKeyMaterialCommand,
  type KMSClient,
  ListKeyRotationsCommand,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decrypt, encrypt, endingOf, keyState, PLAINTEXT } from '../support/clients.js';
import { connectedKeyStore, connectionState } from '../support/custom-key-store.js';
import { databaseFile, query } from '../support/database-file.js';
import { eventually } from '../support/eventually.js';
import { SignedHttp } from '../support/faces/signed-http.js';
import {
  CLUSTER_ID,
  type FaultyStrongroom,
  faultyStrongroom,
} from '../support/faulty-strongroom.js';
import { FOR_EVER, importOrder } from '../support/import-material.js';
import { Pkcs11Tool } from '../support/pkcs11-tool.js';
import { whenGone } from '../support/processes.js';

const AWAY = 'eu-west-1';

let faulty: FaultyStrongroom;
let client: KMSClient;
let away: KMSClient;
let storeId: string;

beforeAll(async () => {
  faulty = await faultyStrongroom({
    yaml: { clock: 'simulated', developmentServer: true, regions: ['us-east-1', AWAY] },
  });
  await faulty.strongroom.start();
  await connect();
  storeId = await connectedKeyStore(faulty.strongroom, client);
});

afterAll(() => faulty?.dispose());

async function connect(): Promise<void> {
  client = await faulty.strongroom.client();
  away = await faulty.strongroom.client({ region: AWAY });
}

async function newKey(members: object = {}): Promise<string> {
  return (await client.send(new CreateKeyCommand(members))).KeyMetadata?.KeyId as string;
}

const inToken = () => ({ CustomKeyStoreId: storeId });

async function advance(days: number): Promise<void> {
  const http = await SignedHttp.to(faulty.strongroom);
  const response = await http.send({
    method: 'POST',
    path: '/v1/clock/advance',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ Seconds: days * 24 * 60 * 60 }),
  });
  if (response.status !== 200) throw new Error(await response.text());
}

// What SoftHSM can unwrap.
const WRAPPING = { WrappingAlgorithm: 'RSAES_OAEP_SHA_1' };
const orderOf = (KeyId: string, material: Buffer) =>
  importOrder(client, KeyId, material, FOR_EVER, WRAPPING);

const expectReadable = async (reader: KMSClient, blob: Uint8Array) =>
  expect(Buffer.from(await decrypt(reader, blob))).toEqual(PLAINTEXT);

/** The token holds exactly the objects of the keys in the database, as soon as all is settled. */
async function expectNoOrphans(): Promise<void> {
  const file = databaseFile(faulty.strongroom);
  const tool = new Pkcs11Tool(faulty.strongroom, CLUSTER_ID);
  const sql =
    'SELECT lower(hex(cka_id)) AS id FROM key_materials WHERE cka_id IS NOT NULL ORDER BY 1';
  await eventually('a token without orphans', async () => {
    const wanted = (await query(file, sql)).map(({ id }) => id);
    return JSON.stringify(await tool.keyIds()) === JSON.stringify(wanted);
  });
}

/** What is done, and what is true afterwards when it was stopped before it was stored. */
interface Act {
  readonly act: () => Promise<unknown>;
  readonly check: () => Promise<void>;
}

async function rotation(members: object): Promise<Act> {
  return rotationOf(await newKey(members));
}

async function rotationOf(KeyId: string): Promise<Act> {
  const blob = await encrypt(client, KeyId);
  const rotate = () => client.send(new RotateKeyOnDemandCommand({ KeyId }));
  const count = async () =>
    (await client.send(new ListKeyRotationsCommand({ KeyId }))).Rotations?.length;
  return {
    act: rotate,
    check: async () => {
      expect(await count()).toBe(0);
      await expectReadable(client, blob);
      await rotate();
      expect(await count()).toBe(1);
      await expectReadable(client, blob);
    },
  };
}

async function importing(members: object): Promise<Act> {
  const KeyId = await newKey({ Origin: 'EXTERNAL', ...members });
  const order = await orderOf(KeyId, randomBytes(32));
  return {
    act: () => client.send(order),
    check: async () => {
      expect(await keyState(client, KeyId)).toBe('PendingImport');
      await client.send(order);
      await expectReadable(client, await encrypt(client, KeyId));
    },
  };
}

async function replication(): Promise<Act> {
  const KeyId = await newKey({ MultiRegion: true });
  const blob = await encrypt(client, KeyId);
  const replicate = () => client.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: AWAY }));
  return {
    act: replicate,
    check: async () => {
      expect(await endingOf(keyState(away, KeyId))).toBe('NotFoundException');
      await replicate();
      await expectReadable(away, blob);
    },
  };
}

/** The row is gone before the object is: what was begun is brought to its end. */
async function deletion(): Promise<Act> {
  const kept = await newKey({ Origin: 'AWS_CLOUDHSM', ...inToken() });
  const blob = await encrypt(client, kept);
  const KeyId = await newKey({ Origin: 'AWS_CLOUDHSM', ...inToken() });
  await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  return {
    act: () => advance(8),
    check: async () => {
      // A key with which the token is tried may have met the step first: then nothing was begun.
      const ending = await endingOf(keyState(client, KeyId));
      if (ending === 'answered') expect(await keyState(client, KeyId)).toBe('PendingDeletion');
      else expect(ending).toBe('NotFoundException');
      await expectReadable(client, blob);
    },
  };
}

async function deletionOfMaterial(): Promise<Act> {
  const KeyId = await newKey({ Origin: 'EXTERNAL', ...inToken() });
  const material = randomBytes(32);
  await client.send(await orderOf(KeyId, material));
  const blob = await encrypt(client, KeyId);
  return {
    act: () => client.send(new DeleteImportedKeyMaterialCommand({ KeyId })),
    check: async () => {
      // As above.
      const state = await keyState(client, KeyId);
      if (state !== 'Enabled') {
        expect(state).toBe('PendingImport');
        await client.send(await orderOf(KeyId, material));
      }
      await expectReadable(client, blob);
    },
  };
}

type Step = [
  what: string,
  token: 'root' | 'cluster',
  call: `C_${string}`,
  prepare: () => Promise<Act>,
];

const cloudHsm = () => ({ Origin: 'AWS_CLOUDHSM', ...inToken() });

const STEPS: readonly Step[] = [
  ['rotation, before there is material', 'root', 'C_GenerateRandom', () => rotation({})],
  ['rotation, before it is sealed', 'root', 'C_Encrypt', () => rotation({})],
  ['rotation, before it is sealed for the replica', 'root', 'C_Decrypt', replicated],
  ['rotation, before there is an object', 'cluster', 'C_GenerateKey', () => rotation(cloudHsm())],
  ['rotation, with an object', 'cluster', 'C_GetAttributeValue', () => rotation(cloudHsm())],
  ['import, before its token is read', 'root', 'C_Decrypt', () => importing({})],
  ['import, before it is sealed', 'root', 'C_Encrypt', () => importing({})],
  ['import, before it is unwrapped', 'cluster', 'C_UnwrapKey', () => importing(inToken())],
  ['import, with an object', 'cluster', 'C_GetAttributeValue', () => importing(inToken())],
  ['replication, before the material is opened', 'root', 'C_Decrypt', replication],
  ['replication, before it is sealed again', 'root', 'C_Encrypt', replication],
  ['deletion, with its object', 'cluster', 'C_DestroyObject', deletion],
  ['deletion of material, with its object', 'cluster', 'C_DestroyObject', deletionOfMaterial],
];

/** A primary key with a replica. */
async function replicated(): Promise<Act> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({ MultiRegion: true }));
  const KeyId = KeyMetadata?.KeyId as string;
  await client.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: AWAY }));
  return rotationOf(KeyId);
}

describe('a server that is killed in the middle of', () => {
  it.each(STEPS)('%s (%s %s) keeps every promise', async (_, token, call, prepare) => {
    const { act, check } = await prepare();
    const hosts = [...(await faulty.strongroom.tokenHosts()).values()];
    const before = await faulty[token].calls(call);
    await faulty[token].set(`hang ${call}`);
    const ending = endingOf(act());
    await eventually('the step', async () => (await faulty[token].calls(call)) > before);
    await faulty.strongroom.kill();
    expect(await ending).not.toBe('answered');
    await faulty[token].clear();
    await Promise.all(hosts.map(whenGone));
    await faulty.strongroom.start();
    await connect();
    await connectionState(client, storeId, 'CONNECTED');
    await check();
    await expectNoOrphans();
  });
});
