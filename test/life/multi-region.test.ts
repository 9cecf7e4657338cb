import { randomBytes } from 'node:crypto';
import { PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CancelKeyDeletionCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DecapsulateCommand,
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncapsulateCommand,
  EncryptCommand,
  GenerateMacCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListKeyRotationsCommand,
  ListResourceTagsCommand,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  UpdatePrimaryRegionCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FOR_EVER, importOrder } from '../support/import-material.js';
import { clientsOf, document, newUser } from '../support/principals.js';
import { SimulatedServer } from '../support/simulated-server.js';

const HOME = 'us-east-1';
const AWAY = 'eu-west-1';
const THIRD = 'ap-south-1';

let server: SimulatedServer;
let home: KMSClient;
let away: KMSClient;

beforeAll(async () => {
  server = await SimulatedServer.start();
  home = await server.strongroom.client();
  away = await server.strongroom.client({ region: AWAY });
});

afterAll(() => server.strongroom.dispose());

const arnIn = (region: string, keyId: string) => `arn:aws:kms:${region}:111122223333:key/${keyId}`;

async function newPrimary(members: object = {}): Promise<string> {
  const command = new CreateKeyCommand({ MultiRegion: true, ...members });
  return (await home.send(command)).KeyMetadata?.KeyId as string;
}

async function pair(members: object = {}): Promise<string> {
  const KeyId = await newPrimary(members);
  await home.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: AWAY }));
  return KeyId;
}

const describeIn = async (client: KMSClient, KeyId: string) =>
  (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;

async function encrypt(client: KMSClient, KeyId: string, text: string) {
  const command = new EncryptCommand({ KeyId, Plaintext: Buffer.from(text) });
  return (await client.send(command)).CiphertextBlob as Uint8Array;
}

async function decrypt(client: KMSClient, CiphertextBlob: Uint8Array, KeyId?: string) {
  const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob, KeyId }));
  return Buffer.from(Plaintext ?? []).toString();
}

const importInto = async (client: KMSClient, KeyId: string, material: Buffer, members = {}) =>
  client.send(await importOrder(client, KeyId, material, { ...FOR_EVER, ...members }));

describe('a multi-Region key', () => {
  it('is a primary without replicas at first', async () => {
    const KeyId = await newPrimary();
    expect(KeyId).toMatch(/^mrk-[0-9a-f]{32}$/);
    expect(await describeIn(home, KeyId)).toMatchObject({
      MultiRegion: true,
      MultiRegionConfiguration: {
        MultiRegionKeyType: 'PRIMARY',
        PrimaryKey: { Arn: arnIn(HOME, KeyId), Region: HOME },
        ReplicaKeys: [],
      },
    });
  });

  it('is replicated with its material and nothing else', async () => {
    const KeyId = await newPrimary({
      Description: 'primary',
      Tags: [{ TagKey: 'a', TagValue: 'b' }],
    });
    const { ReplicaKeyMetadata, ReplicaPolicy, ReplicaTags } = await home.send(
      new ReplicateKeyCommand({
        ...{ KeyId, ReplicaRegion: AWAY, Description: 'replica' },
        Tags: [{ TagKey: 'c', TagValue: 'd' }],
      }),
    );
    const configuration = {
      PrimaryKey: { Arn: arnIn(HOME, KeyId), Region: HOME },
      ReplicaKeys: [{ Arn: arnIn(AWAY, KeyId), Region: AWAY }],
    };
    expect(ReplicaKeyMetadata).toMatchObject({
      Arn: arnIn(AWAY, KeyId),
      KeyState: 'Creating',
      Enabled: false,
      Description: 'replica',
      MultiRegionConfiguration: { MultiRegionKeyType: 'REPLICA', ...configuration },
    });
    expect(ReplicaKeyMetadata).not.toHaveProperty('CurrentKeyMaterialId');
    expect(ReplicaTags).toEqual([{ TagKey: 'c', TagValue: 'd' }]);
    const { Policy } = await away.send(new GetKeyPolicyCommand({ KeyId }));
    expect(ReplicaPolicy).toBe(Policy);
    const [here, there] = [await describeIn(home, KeyId), await describeIn(away, KeyId)];
    expect(there).toMatchObject({ KeyState: 'Enabled', Description: 'replica' });
    expect(there?.CurrentKeyMaterialId).toBe(here?.CurrentKeyMaterialId);
    expect(here?.MultiRegionConfiguration).toEqual({
      MultiRegionKeyType: 'PRIMARY',
      ...configuration,
    });
    const { Tags } = await away.send(new ListResourceTagsCommand({ KeyId }));
    expect(Tags).toEqual([{ TagKey: 'c', TagValue: 'd' }]);
  });

  it.each([{}, { Tags: [] }])('without tags (%j) answers no ReplicaTags', async (untagged) => {
    const KeyId = await newPrimary({ Tags: [{ TagKey: 'a', TagValue: 'b' }] });
    const answer = await home.send(
      new ReplicateKeyCommand({ KeyId, ReplicaRegion: AWAY, ...untagged }),
    );
    expect(answer).not.toHaveProperty('ReplicaTags');
  });

  it('decrypts in every Region what any encrypted', async () => {
    const KeyId = await pair();
    expect(await decrypt(away, await encrypt(home, KeyId, 'from home'))).toBe('from home');
    expect(await decrypt(home, await encrypt(away, KeyId, 'from away'), KeyId)).toBe('from away');
    await home.send(new DisableKeyCommand({ KeyId }));
    expect(await decrypt(away, await encrypt(away, KeyId, 'own state'))).toBe('own state');
  });

  it('of MACs verifies in every Region', async () => {
    const KeyId = await pair({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const terms = { KeyId, Message: Buffer.from('m'), MacAlgorithm: 'HMAC_SHA_256' } as const;
    const { Mac } = await home.send(new GenerateMacCommand(terms));
    const { MacValid } = await away.send(new VerifyMacCommand({ ...terms, Mac }));
    expect(MacValid).toBe(true);
  });

  it('of ML-KEM decapsulates in every Region what any encapsulated', async () => {
    const KeyId = await pair({ KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' });
    const terms = { KeyId, EncapsulationAlgorithm: 'ML_KEM' } as const;
    for (const [from, to] of [
      [home, away],
      [away, home],
    ] as const) {
      const made = await from.send(new EncapsulateCommand(terms));
      const { SharedSecretCiphertextBlob } = made;
      const opened = await to.send(
        new DecapsulateCommand({ ...terms, SharedSecretCiphertextBlob }),
      );
      expect(opened.SharedSecret).toEqual(made.SharedSecret);
    }
  });

  it('rotates in every Region at once, by its primary only', async () => {
    const KeyId = await pair();
    const old = await encrypt(away, KeyId, 'old');
    await expect(away.send(new RotateKeyOnDemandCommand({ KeyId }))).rejects.toMatchObject({
      name: 'UnsupportedOperationException',
      message: `${arnIn(AWAY, KeyId)} is a multi-region replica key which is not valid for RotateKeyOnDemand.`,
    });
    await home.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    const status = await away.send(new GetKeyRotationStatusCommand({ KeyId }));
    expect(status).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 90 });
    await home.send(new RotateKeyOnDemandCommand({ KeyId }));
    await server.advance(91);
    const [here, there] = [await describeIn(home, KeyId), await describeIn(away, KeyId)];
    expect(there?.CurrentKeyMaterialId).toBe(here?.CurrentKeyMaterialId);
    for (const client of [home, away]) {
      const { Rotations } = await client.send(new ListKeyRotationsCommand({ KeyId }));
      expect(Rotations).toMatchObject([
        { RotationType: 'ON_DEMAND' },
        { RotationType: 'AUTOMATIC' },
      ]);
    }
    expect(await decrypt(home, old)).toBe('old');
    expect(await decrypt(home, await encrypt(away, KeyId, 'new'))).toBe('new');
    const third = await server.strongroom.client({ region: THIRD });
    await home.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: THIRD }));
    expect(await decrypt(third, old)).toBe('old');
  });

  it('changes its primary, and only the new one manages it', async () => {
    const KeyId = await pair();
    await home.send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: AWAY }));
    const expected = {
      PrimaryKey: { Arn: arnIn(AWAY, KeyId), Region: AWAY },
      ReplicaKeys: [{ Arn: arnIn(HOME, KeyId), Region: HOME }],
    };
    expect((await describeIn(away, KeyId))?.MultiRegionConfiguration).toEqual({
      MultiRegionKeyType: 'PRIMARY',
      ...expected,
    });
    expect((await describeIn(home, KeyId))?.MultiRegionConfiguration).toEqual({
      MultiRegionKeyType: 'REPLICA',
      ...expected,
    });
    await away.send(new RotateKeyOnDemandCommand({ KeyId }));
    await expect(
      home.send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: AWAY })),
    ).rejects.toMatchObject({ name: 'KMSInvalidStateException' });
  });

  it('is not replicated twice, from a replica, disabled, or to nowhere', async () => {
    const KeyId = await pair();
    const replicate = (client: KMSClient, ReplicaRegion: string, id = KeyId) =>
      client.send(new ReplicateKeyCommand({ KeyId: id, ReplicaRegion }));
    await expect(replicate(home, AWAY)).rejects.toMatchObject({ name: 'AlreadyExistsException' });
    await expect(replicate(away, THIRD)).rejects.toMatchObject({
      name: 'UnsupportedOperationException',
    });
    await expect(replicate(home, 'mx-central-1')).rejects.toMatchObject({
      name: 'ValidationException',
    });
    const { KeyMetadata } = await home.send(new CreateKeyCommand({}));
    await expect(replicate(home, AWAY, KeyMetadata?.KeyId)).rejects.toMatchObject({
      message: `${KeyMetadata?.Arn} is not a multi-region primary key.`,
    });
    await home.send(new DisableKeyCommand({ KeyId }));
    await expect(replicate(home, THIRD)).rejects.toMatchObject({ name: 'DisabledException' });
  });
});

describe('the deletion of a primary key', () => {
  it('waits for the last replica and then begins its own waiting period', async () => {
    const KeyId = await pair();
    const blob = await encrypt(home, KeyId, 'x');
    const scheduled = await home.send(
      new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 8 }),
    );
    expect(scheduled).toMatchObject({
      KeyState: 'PendingReplicaDeletion',
      PendingWindowInDays: 8,
    });
    expect(scheduled).not.toHaveProperty('DeletionDate');
    expect(await describeIn(home, KeyId)).toMatchObject({
      KeyState: 'PendingReplicaDeletion',
      PendingDeletionWindowInDays: 8,
    });
    await expect(decrypt(home, blob)).rejects.toMatchObject({
      message: `${arnIn(HOME, KeyId)} is pending replica deletion.`,
    });
    await server.advance(100);
    expect(await decrypt(away, blob)).toBe('x');
    await away.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    await server.advance(7.5);
    await expect(describeIn(away, KeyId)).rejects.toMatchObject({ name: 'NotFoundException' });
    const waiting = await describeIn(home, KeyId);
    expect(waiting).toMatchObject({ KeyState: 'PendingDeletion', DeletionDate: expect.any(Date) });
    expect(waiting?.MultiRegionConfiguration?.ReplicaKeys).toEqual([]);
    await home.send(new CancelKeyDeletionCommand({ KeyId }));
    await home.send(new EnableKeyCommand({ KeyId }));
    expect(await decrypt(home, blob)).toBe('x');
    await home.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: AWAY }));
    expect(await decrypt(away, blob)).toBe('x');
  });
});

describe('who may replicate', () => {
  it('must be allowed to make keys where the replica goes, and to move both keys', async () => {
    const KeyId = await newPrimary();
    const root = clientsOf(server.strongroom, await server.strongroom.credentials());
    const { kms } = await newUser(server.strongroom, root, 'replicator');
    const there = { StringEquals: { 'aws:RequestedRegion': AWAY } };
    const PolicyDocument = document(
      { Effect: 'Allow', Action: 'kms:ReplicateKey', Resource: '*' },
      { Effect: 'Allow', Action: 'kms:CreateKey', Resource: '*', Condition: there },
      { Effect: 'Allow', Action: 'kms:UpdatePrimaryRegion', Resource: arnIn(HOME, KeyId) },
    );
    const given = { UserName: 'replicator', PolicyName: 'p', PolicyDocument };
    await root.iam.send(new PutUserPolicyCommand(given));
    const refusal = { name: 'AccessDeniedException' };
    const replicate = (ReplicaRegion: string, more: object = {}) =>
      kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion, ...more }));
    await expect(replicate(THIRD)).rejects.toMatchObject(refusal);
    const Tags = [{ TagKey: 'a', TagValue: 'b' }];
    await expect(replicate(AWAY, { Tags })).rejects.toMatchObject(refusal);
    await replicate(AWAY);
    await expect(
      kms.send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: AWAY })),
    ).rejects.toMatchObject(refusal);
  });
});

describe('a replica that is made again', () => {
  it('has no grant of the one that was deleted', async () => {
    const KeyId = await pair();
    const root = clientsOf(server.strongroom, await server.strongroom.credentials());
    const user = await newUser(server.strongroom, root, 'grantee');
    const grantee = await server.strongroom.client({
      region: AWAY,
      credentials: user.credentials as never,
    });
    const GranteePrincipal = user.arn;
    await away.send(new CreateGrantCommand({ KeyId, GranteePrincipal, Operations: ['Encrypt'] }));
    await encrypt(grantee, KeyId, 'granted');
    await away.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    await server.advance(8);
    await home.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: AWAY }));
    await encrypt(away, KeyId, 'by the account');
    await expect(encrypt(grantee, KeyId, 'no more')).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});

describe('imported material of a multi-Region key', () => {
  it('is imported in every Region by itself and rotates once all have it', async () => {
    const KeyId = await newPrimary({ Origin: 'EXTERNAL' });
    const [first, second] = [randomBytes(32), randomBytes(32)];
    await importInto(home, KeyId, first);
    const blob = await encrypt(home, KeyId, 'imported');
    await home.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: AWAY }));
    expect(await describeIn(away, KeyId)).toMatchObject({ KeyState: 'PendingImport' });
    await importInto(away, KeyId, first);
    expect(await decrypt(away, blob)).toBe('imported');
    const NEW = { ImportType: 'NEW_KEY_MATERIAL' };
    await expect(importInto(away, KeyId, second, NEW)).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await importInto(home, KeyId, second, NEW);
    const states = async (client: KMSClient) => {
      const { Rotations } = await client.send(
        new ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }),
      );
      return Rotations?.map(({ KeyMaterialState }) => KeyMaterialState);
    };
    const waiting = ['CURRENT', 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'];
    expect(await states(home)).toEqual(waiting);
    await expect(home.send(new RotateKeyOnDemandCommand({ KeyId }))).rejects.toMatchObject({
      name: 'KMSInvalidStateException',
    });
    await importInto(away, KeyId, second);
    for (const client of [home, away]) {
      expect(await states(client)).toEqual(['CURRENT', 'PENDING_ROTATION']);
    }
    await home.send(new RotateKeyOnDemandCommand({ KeyId }));
    expect(await decrypt(home, await encrypt(away, KeyId, 'rotated'))).toBe('rotated');
    await away.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
    expect(await describeIn(away, KeyId)).toMatchObject({ KeyState: 'PendingImport' });
    expect(await describeIn(home, KeyId)).toMatchObject({ KeyState: 'Enabled' });
  });
});
