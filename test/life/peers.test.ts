import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import {
  CreateKeyCommand,
  DecapsulateCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EnableKeyRotationCommand,
  EncapsulateCommand,
  EncryptCommand,
  GetKeyRotationStatusCommand,
  GetPublicKeyCommand,
  type KMSClient,
  ListKeyRotationsCommand,
  type MultiRegionConfiguration,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  UpdatePrimaryRegionCommand,
  VerifyCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { databaseFile, query } from '../support/database-file.js';
import { scrapedValue } from '../support/exposition.js';
import { SimulatedServer } from '../support/simulated-server.js';

const HOME = 'us-east-1';
const SECOND = 'us-west-2';
const AWAY = 'eu-west-1';
let one: SimulatedServer;
let two: SimulatedServer;
let home: KMSClient;
let away: KMSClient;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const settings = (port: number, regions: readonly string[], peers: object = {}) => ({
  ...{ port, peers, regions, clock: 'simulated', developmentServer: true },
});

/** As an operator does it: asks each server for its public key and writes it into the other's file. */
async function introduce(ports: readonly [number, number]): Promise<void> {
  const known = async ({ strongroom }: SimulatedServer) => {
    const answer = await fetch(`${strongroom.endpoint}/peer/v1/identity`);
    const { publicKey } = (await answer.json()) as { publicKey: string };
    return `${strongroom.endpoint}#ed25519:${publicKey}`;
  };
  const [first, second] = [await known(one), await known(two)];
  const files = [
    [one, settings(ports[0], [HOME, SECOND], { [AWAY]: second })],
    [two, settings(ports[1], [AWAY], { [HOME]: first, [SECOND]: first })],
  ] as const;
  for (const [{ strongroom }, yaml] of files) {
    await strongroom.stop();
    await writeFile(join(strongroom.dir, 'strongroom.yaml'), stringify(yaml));
    await strongroom.start();
  }
}

beforeAll(async () => {
  const ports = [await freePort(), await freePort()] as const;
  one = await SimulatedServer.start({ yaml: settings(ports[0], [HOME, SECOND]) });
  two = await SimulatedServer.start({ yaml: settings(ports[1], [AWAY]) });
  await introduce(ports);
  home = await one.strongroom.client();
  away = await two.strongroom.client({ region: AWAY });
});

afterAll(async () => {
  await one?.strongroom.dispose();
  await two?.strongroom.dispose();
});

async function pair(members: object = {}): Promise<string> {
  const { KeyMetadata } = await home.send(new CreateKeyCommand({ MultiRegion: true, ...members }));
  const KeyId = KeyMetadata?.KeyId as string;
  await home.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: AWAY, Description: 'away' }));
  return KeyId;
}

const describeIn = async (client: KMSClient, KeyId: string) =>
  (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;

async function encrypt(client: KMSClient, KeyId: string, text: string) {
  const command = new EncryptCommand({ KeyId, Plaintext: Buffer.from(text) });
  return (await client.send(command)).CiphertextBlob as Uint8Array;
}

async function decrypt(client: KMSClient, CiphertextBlob: Uint8Array) {
  const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob }));
  return Buffer.from(Plaintext ?? []).toString();
}

describe('a replica on another server, with another root token', () => {
  it('has the same material and its own everything else', async () => {
    const KeyId = await pair();
    const [here, there] = [await describeIn(home, KeyId), await describeIn(away, KeyId)];
    expect(there).toMatchObject({
      KeyState: 'Enabled',
      Description: 'away',
      CurrentKeyMaterialId: here?.CurrentKeyMaterialId,
    });
    expect(here?.MultiRegionConfiguration?.MultiRegionKeyType).toBe('PRIMARY');
    expect(there?.MultiRegionConfiguration).toEqual({
      ...here?.MultiRegionConfiguration,
      MultiRegionKeyType: 'REPLICA',
    });
    expect(await decrypt(away, await encrypt(home, KeyId, 'to away'))).toBe('to away');
    expect(await decrypt(home, await encrypt(away, KeyId, 'to home'))).toBe('to home');
    await expect(
      home.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: AWAY })),
    ).rejects.toMatchObject({ name: 'AlreadyExistsException' });
  });

  it.each([
    ['ECC_NIST_P256', 'ECDSA_SHA_256'],
    ['RSA_2048', 'RSASSA_PSS_SHA_256'],
    ['ML_DSA_44', 'ML_DSA_SHAKE_256'],
  ] as const)('of %s verifies what the other signed', async (KeySpec, SigningAlgorithm) => {
    const KeyId = await pair({ KeySpec, KeyUsage: 'SIGN_VERIFY' });
    const terms = { KeyId, Message: Buffer.from('m'), SigningAlgorithm };
    const { Signature } = await away.send(new SignCommand(terms));
    const { SignatureValid } = await home.send(new VerifyCommand({ ...terms, Signature }));
    expect(SignatureValid).toBe(true);
    const keys = await Promise.all(
      [home, away].map((client) => client.send(new GetPublicKeyCommand({ KeyId }))),
    );
    expect(keys[0]?.PublicKey).toEqual(keys[1]?.PublicKey);
  });

  it('of ML-KEM decapsulates what the other encapsulated', async () => {
    const KeyId = await pair({ KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' });
    const terms = { KeyId, EncapsulationAlgorithm: 'ML_KEM' } as const;
    const { SharedSecret, SharedSecretCiphertextBlob } = await home.send(
      new EncapsulateCommand(terms),
    );
    const opened = await away.send(
      new DecapsulateCommand({ ...terms, SharedSecretCiphertextBlob }),
    );
    expect(opened.SharedSecret).toEqual(SharedSecret);
  });

  it('rotates with its primary', async () => {
    const KeyId = await pair();
    const old = await encrypt(home, KeyId, 'old');
    await home.send(new RotateKeyOnDemandCommand({ KeyId }));
    // Readable at once, before anybody has been told: the material went ahead.
    expect(await decrypt(away, await encrypt(home, KeyId, 'new'))).toBe('new');
    const current = (await describeIn(home, KeyId))?.CurrentKeyMaterialId;
    await expect
      .poll(async () => (await describeIn(away, KeyId))?.CurrentKeyMaterialId)
      .toBe(current);
    await home.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    const status = () => away.send(new GetKeyRotationStatusCommand({ KeyId }));
    await expect.poll(async () => (await status()).RotationPeriodInDays).toBe(90);
    await one.advance(91);
    await expect
      .poll(async () => (await away.send(new ListKeyRotationsCommand({ KeyId }))).Rotations?.length)
      .toBe(2);
    expect(await decrypt(away, old)).toBe('old');
    await expect(away.send(new RotateKeyOnDemandCommand({ KeyId }))).rejects.toMatchObject({
      name: 'UnsupportedOperationException',
    });
  });

  it('is needed by a rotation, and hears what it has missed when it is back', async () => {
    const KeyId = await pair();
    const before = (await describeIn(home, KeyId))?.CurrentKeyMaterialId;
    await two.strongroom.stop();
    await expect(home.send(new RotateKeyOnDemandCommand({ KeyId }))).rejects.toMatchObject({
      name: 'DependencyTimeoutException',
    });
    expect((await describeIn(home, KeyId))?.CurrentKeyMaterialId).toBe(before);
    await home.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 100 }));
    const shown = (name: string, labels: object) =>
      scrapedValue(one.strongroom.endpoint, `strongroom_peer_${name}`, { region: AWAY, ...labels });
    expect(await shown('calls_total', { outcome: 'unreachable' })).toBeGreaterThan(0);
    expect(await shown('notices_waiting', {})).toBe(1);
    await two.strongroom.start();
    away = await two.strongroom.client({ region: AWAY });
    await expect
      .poll(
        async () =>
          (await away.send(new GetKeyRotationStatusCommand({ KeyId }))).RotationPeriodInDays,
      )
      .toBe(100);
  });

  it('hears of its other relations, and of a primary that moves among them', async () => {
    const KeyId = await pair();
    const configuration = async () =>
      (await describeIn(away, KeyId))?.MultiRegionConfiguration as MultiRegionConfiguration;
    await home.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: SECOND }));
    await expect
      .poll(async () => (await configuration()).ReplicaKeys?.map(({ Region }) => Region))
      .toEqual([AWAY, SECOND]);
    await home.send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: SECOND }));
    await expect.poll(async () => (await configuration()).PrimaryKey?.Region).toBe(SECOND);
    const second = await one.strongroom.client({ region: SECOND });
    await second.send(new RotateKeyOnDemandCommand({ KeyId }));
    const blob = await encrypt(home, KeyId, 'by the new primary');
    expect(await decrypt(away, blob)).toBe('by the new primary');
  });

  it('ends the wait of its primary when it is deleted', async () => {
    const KeyId = await pair();
    const waiting = await home.send(
      new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }),
    );
    expect(waiting.KeyState).toBe('PendingReplicaDeletion');
    await away.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    await two.advance(8);
    await expect
      .poll(async () => (await describeIn(home, KeyId))?.KeyState)
      .toBe('PendingDeletion');
    expect((await describeIn(home, KeyId))?.MultiRegionConfiguration?.ReplicaKeys).toEqual([]);
  });

  it('does not become the primary, nor take imported material', async () => {
    const refusal = { name: 'UnsupportedOperationException' };
    const KeyId = await pair();
    await expect(
      home.send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: AWAY })),
    ).rejects.toMatchObject(refusal);
    const { KeyMetadata } = await home.send(
      new CreateKeyCommand({ MultiRegion: true, Origin: 'EXTERNAL' }),
    );
    await expect(
      home.send(new ReplicateKeyCommand({ KeyId: KeyMetadata?.KeyId, ReplicaRegion: AWAY })),
    ).rejects.toMatchObject({ name: 'KMSInvalidStateException' });
  });

  it('leaves no material in the clear, and none sealed alike, in the two databases', async () => {
    const KeyId = await pair();
    const sql = `SELECT hex(sealed) AS sealed FROM key_materials WHERE key_id = '${KeyId}'`;
    const rows = await Promise.all(
      [one, two].map(({ strongroom }) => query(databaseFile(strongroom), sql)),
    );
    expect(rows.map((found) => found.length)).toEqual([1, 1]);
    expect(rows[0]?.[0]?.sealed).not.toBe(rows[1]?.[0]?.sealed);
  });
});

describe('the face of peers', () => {
  it.each(['', 'garbage', 'a.b.c'])(
    'answers nothing to what no peer has signed (%#)',
    async (body) => {
      const response = await fetch(`${one.strongroom.endpoint}/peer/v1`, { method: 'POST', body });
      expect(response.status).toBe(403);
      expect(await response.text()).toBe('');
    },
  );
});
