import { join } from 'node:path';
import { EnableOutboundWebIdentityFederationCommand } from '@aws-sdk/client-iam';
import {
  CreateKeyCommand,
  DecryptCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  type KMSClient,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { GetWebIdentityTokenCommand } from '@aws-sdk/client-sts';
import { createLocalJWKSet, type JWK, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DatabaseMaker, databases } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { type Clients, clientsOf } from '../support/principals.js';
import { SimulatedServer } from '../support/simulated-server.js';
import { SOFTHSM_MODULE } from '../support/softhsm-token.js';

const KEYS = 8;

let maker: DatabaseMaker;
let one: SimulatedServer;
let two: SimulatedServer;
const clients: KMSClient[] = [];

beforeAll(async () => {
  maker = (await databases.find(({ name }) => name === 'PostgreSQL')?.prepare()) as DatabaseMaker;
  const databaseUrl = await maker.create();
  const root = { rootAccessKeyId: 'EXAMPLEROOTACCESSKEY', rootSecretAccessKey: 'x'.repeat(40) };
  one = await SimulatedServer.start({ yaml: { databaseUrl, ...root } });
  const { dataDir } = one.strongroom;
  two = await SimulatedServer.start({
    yaml: {
      ...{ databaseUrl, ...root },
      tokens: [
        {
          ...{ id: 'root', module: SOFTHSM_MODULE, label: 'root', vendor: 'softhsm' },
          pinFile: join(dataDir, 'root.pin'),
          env: { SOFTHSM2_CONF: join(dataDir, 'softhsm', 'softhsm2.conf') },
        },
      ],
    },
  });
  for (const { strongroom } of [one, two]) clients.push(await strongroom.client());
});

afterAll(async () => {
  await one?.strongroom.dispose();
  await two?.strongroom.dispose();
  await maker?.dispose();
});

const client = (index: number) => clients[index] as KMSClient;

const rotations = async (KeyId: string, index: number) =>
  (await client(index).send(new ListKeyRotationsCommand({ KeyId }))).Rotations?.length;

it('two servers on one database rotate every key once, and both see it', async () => {
  const keyIds: string[] = [];
  for (let made = 0; made < KEYS; made += 1) {
    const { KeyMetadata } = await client(0).send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.KeyId as string;
    await client(made % 2).send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    keyIds.push(KeyId);
  }
  // Both do what is due at once: one by the call, the other when it hears of the new time.
  await Promise.all([one.advance(91), two.advance(91)]);
  for (const KeyId of keyIds) {
    for (const index of [0, 1]) {
      // Ninety days fit once or twice into what both calls moved together, for every key alike.
      await expect.poll(() => rotations(KeyId, index)).toBeGreaterThan(0);
    }
  }
  const counts = await Promise.all(keyIds.map((KeyId) => rotations(KeyId, 0)));
  expect(new Set(counts).size).toBe(1);
});

it('what one rotates the other reads, and a rotation on both at once is one or two', async () => {
  const { KeyMetadata } = await client(0).send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata?.KeyId as string;
  const encrypt = new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') });
  const blobs = [await client(0).send(encrypt)];
  const both = await Promise.allSettled(
    clients.map((each) => each.send(new RotateKeyOnDemandCommand({ KeyId }))),
  );
  const won = both.filter(({ status }) => status === 'fulfilled').length;
  expect(won).toBeGreaterThan(0);
  for (const index of [0, 1]) {
    await expect.poll(() => rotations(KeyId, index)).toBe(won);
    blobs.push(await client(index).send(encrypt));
  }
  for (const { CiphertextBlob } of blobs) {
    for (const each of clients) {
      const { Plaintext } = await each.send(new DecryptCommand({ CiphertextBlob }));
      expect(Buffer.from(Plaintext ?? []).toString()).toBe('x');
    }
  }
});

it('a key is deleted once, with one event', async () => {
  const { KeyMetadata } = await client(1).send(new CreateKeyCommand({}));
  const { KeyId, Arn } = KeyMetadata ?? {};
  await client(1).send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  await Promise.all([one.advance(8), two.advance(8)]);
  const events = (await one.events()).filter(({ resources }) => resources.includes(Arn ?? ''));
  expect(events.map((event) => event['detail-type'])).toEqual(['KMS CMK Deletion']);
});

it('two servers that need the first key of web identity tokens at once sign with the same one', async () => {
  const [first, second] = await Promise.all(
    [one, two].map(async ({ strongroom }) => clientsOf(strongroom, await strongroom.credentials())),
  );
  const { IssuerIdentifier: issuer = '' } = await (first as Clients).iam.send(
    new EnableOutboundWebIdentityFederationCommand({}),
  );
  const ask = new GetWebIdentityTokenCommand({ Audience: ['a'], SigningAlgorithm: 'ES384' });
  // The other one hears of it by the change feed.
  const answers = await Promise.all(
    [first, second].map((by) => eventually('a token', () => (by as Clients).sts.send(ask))),
  );
  const keys = async ({ strongroom }: SimulatedServer) => {
    const { pathname } = new URL(`${issuer}/.well-known/jwks.json`);
    return (await (await fetch(`${strongroom.endpoint}${pathname}`)).json()) as { keys: JWK[] };
  };
  for (const server of [one, two]) {
    const published = await eventually('one key', async () => {
      const found = await keys(server);
      return found.keys.length === 1 && found;
    });
    const own = createLocalJWKSet(published);
    // Each server has a publicUrl of its own here: by its listening address.
    for (const { WebIdentityToken } of answers) await jwtVerify(WebIdentityToken ?? '', own);
  }
});
