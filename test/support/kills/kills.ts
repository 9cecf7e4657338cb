import { randomBytes } from 'node:crypto';
import {
  CreateKeyCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  type ImportKeyMaterialCommand,
  type KMSClient,
  ListKeyRotationsCommand,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decrypt, encrypt, endingOf, keyState, PLAINTEXT } from '../clients.js';
import { connectedKeyStore, connectionState } from '../custom-key-store.js';
import { databaseFile, query } from '../database-file.js';
import { eventually } from '../eventually.js';
import { importOrder } from '../import-material.js';
import { PATIENCE_MS } from '../patience.js';
import { Pkcs11Tool } from '../pkcs11-tool.js';
import { whenGone } from '../processes.js';
import { SimulatedServer } from '../simulated-server.js';
import { RandomMoments } from './random-moments.js';

/** The moment of the end, in milliseconds after the calls were sent: their whole length and more. */
const MAX_MS = 120;
const AWAY = 'eu-west-1';

/** What is sent when the server is killed, and what must be true whatever came of it. */
interface Step {
  readonly name: string;
  readonly prepare: () => Promise<void>;
  readonly call: () => Promise<unknown>;
  /** @param answered whether the call was answered before the server died */
  readonly check: (answered: boolean) => Promise<void>;
}

let server: SimulatedServer;
let client: KMSClient;
let away: KMSClient;
let storeId: string;

async function connect(): Promise<void> {
  client = await server.strongroom.client();
  away = await server.strongroom.client({ region: AWAY });
}

async function newKey(members: object = {}): Promise<string> {
  return (await client.send(new CreateKeyCommand(members))).KeyMetadata?.KeyId as string;
}

async function rotations(KeyId: string): Promise<number> {
  return (await client.send(new ListKeyRotationsCommand({ KeyId }))).Rotations?.length ?? 0;
}

const expectReadable = async (reader: KMSClient, blob: Uint8Array) =>
  expect(Buffer.from(await decrypt(reader, blob))).toEqual(PLAINTEXT);

/** A rotation leaves everything readable and is either whole or not there; then it works again. */
function rotation(name: string, members: () => object): Step {
  let KeyId = '';
  let blob: Uint8Array = Buffer.alloc(0);
  return {
    name,
    prepare: async () => {
      KeyId = await newKey(members());
      blob = await encrypt(client, KeyId);
    },
    call: () => client.send(new RotateKeyOnDemandCommand({ KeyId })),
    check: async (answered) => {
      const done = await rotations(KeyId);
      if (answered) expect(done).toBe(1);
      await expectReadable(client, blob);
      await client.send(new RotateKeyOnDemandCommand({ KeyId }));
      expect(await rotations(KeyId)).toBe(done + 1);
      await expectReadable(client, await encrypt(client, KeyId));
      await expectReadable(client, blob);
    },
  };
}

function importing(): Step {
  let KeyId = '';
  let order: ImportKeyMaterialCommand;
  const material = randomBytes(32);
  return {
    name: 'ImportKeyMaterial',
    prepare: async () => {
      KeyId = await newKey({ Origin: 'EXTERNAL' });
      order = await importOrder(client, KeyId, material);
    },
    call: () => client.send(order),
    check: async (answered) => {
      const state = await keyState(client, KeyId);
      if (answered) expect(state).toBe('Enabled');
      // The token outlives the server that made it: the same import is simply sent again, unless the
      // deletion beside it has moved the clock past the token's end.
      const ending = await endingOf(client.send(order));
      expect(['answered', 'ExpiredImportTokenException']).toContain(ending);
      if (ending !== 'answered') await client.send(await importOrder(client, KeyId, material));
      expect(await keyState(client, KeyId)).toBe('Enabled');
      await expectReadable(client, await encrypt(client, KeyId));
    },
  };
}

function deletingMaterial(): Step {
  let KeyId = '';
  let blob: Uint8Array = Buffer.alloc(0);
  const material = randomBytes(32);
  return {
    name: 'DeleteImportedKeyMaterial',
    prepare: async () => {
      KeyId = await newKey({ Origin: 'EXTERNAL' });
      await client.send(await importOrder(client, KeyId, material));
      blob = await encrypt(client, KeyId);
    },
    call: () => client.send(new DeleteImportedKeyMaterialCommand({ KeyId })),
    check: async (answered) => {
      const state = await keyState(client, KeyId);
      if (answered) expect(state).toBe('PendingImport');
      if (state === 'Enabled') await expectReadable(client, blob);
      await client.send(await importOrder(client, KeyId, material));
      await expectReadable(client, blob);
    },
  };
}

function replication(): Step {
  let KeyId = '';
  let blob: Uint8Array = Buffer.alloc(0);
  const order = () => new ReplicateKeyCommand({ KeyId, ReplicaRegion: AWAY });
  return {
    name: 'ReplicateKey',
    prepare: async () => {
      KeyId = await newKey({ MultiRegion: true });
      blob = await encrypt(client, KeyId);
    },
    call: () => client.send(order()),
    check: async (answered) => {
      const ending = await endingOf(client.send(order()));
      expect(['answered', 'AlreadyExistsException']).toContain(ending);
      if (answered) expect(ending).toBe('AlreadyExistsException');
      await expectReadable(away, blob);
      const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
      expect(KeyMetadata?.MultiRegionConfiguration?.ReplicaKeys).toHaveLength(1);
      await client.send(new RotateKeyOnDemandCommand({ KeyId }));
      await expectReadable(client, await encrypt(away, KeyId));
    },
  };
}

/** The deletion of what is due, among keys that are not due: the job is killed, and does it again. */
function deletion(): Step {
  let due: string[] = [];
  let kept = '';
  let blob: Uint8Array = Buffer.alloc(0);
  return {
    name: 'the deletion job',
    prepare: async () => {
      kept = await newKey({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: storeId });
      blob = await encrypt(client, kept);
      due = [];
      for (let made = 0; made < 4; made += 1) {
        const placed = made % 2 ? { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: storeId } : {};
        const KeyId = await newKey(placed);
        await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
        due.push(KeyId);
      }
    },
    call: () => server.advance(7.5),
    check: async () => {
      await server.advance(7.5);
      for (const KeyId of due) {
        expect(await endingOf(keyState(client, KeyId))).toBe('NotFoundException');
      }
      await expectReadable(client, blob);
    },
  };
}

/** The token holds exactly the objects of the keys in the database, as soon as all is settled. */
async function expectNoOrphans(): Promise<void> {
  const file = databaseFile(server.strongroom);
  const held = async () => new Pkcs11Tool(server.strongroom, 'cluster-softhsmtoken').keyIds();
  const wanted = async () => {
    const sql =
      'SELECT lower(hex(cka_id)) AS id FROM key_materials WHERE cka_id IS NOT NULL ORDER BY 1';
    return (await query(file, sql)).map(({ id }) => id);
  };
  const rows = () => query(file, 'SELECT lower(hex(cka_id)) AS id, status FROM token_objects');
  // What it fails with says which objects are one too many, or missing, and what is known of each.
  await eventually('a token without orphans', async () => {
    const [has, needs] = [await held(), await wanted()];
    expect({ held: has, rows: await rows() }).toMatchObject({ held: needs });
    return true;
  });
}

/** Kills a server in the middle of every step, so many times, and checks every promise after each. */
export function describeKills(rounds: number): void {
  describe('a server that is killed at any moment of', () => {
    beforeAll(async () => {
      server = await SimulatedServer.start();
      await connect();
      storeId = await connectedKeyStore(server.strongroom, client);
    });
    afterAll(() => server.strongroom.dispose());

    const steps = [
      rotation('RotateKeyOnDemand', () => ({})),
      rotation('RotateKeyOnDemand in a token', () => ({
        Origin: 'AWS_CLOUDHSM',
        CustomKeyStoreId: storeId,
      })),
      rotation('RotateKeyOnDemand of a primary key', () => ({ MultiRegion: true })),
      importing(),
      deletingMaterial(),
      replication(),
      deletion(),
    ];

    it('rotation, import, deletion and replication keeps every promise', {
      timeout: PATIENCE_MS + rounds * 60_000,
    }, async () => {
      const moments = new RandomMoments();
      let answers = 0;
      for (let round = 0; round < rounds; round += 1) {
        for (const step of steps) await step.prepare();
        const hosts = [...(await server.strongroom.tokenHosts()).values()];
        const calls = steps.map(async (step) => (await endingOf(step.call())) === 'answered');
        await moments.pass(MAX_MS);
        await server.strongroom.kill();
        const answered = await Promise.all(calls);
        answers += answered.filter(Boolean).length;
        await Promise.all(hosts.map(whenGone));
        await server.strongroom.start();
        await connect();
        await connectionState(client, storeId, 'CONNECTED');
        for (const [index, step] of steps.entries()) await step.check(answered[index] === true);
        await expectNoOrphans();
      }
      // Some of the calls must have come through and some not, or no moment was in their middle.
      expect(answers).toBeLessThan(rounds * steps.length);
    });
  });
}
