import {
  CreateAliasCommand,
  CreateGrantCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListAliasesCommand,
  ListKeyRotationsCommand,
  ListKeysCommand,
  PutKeyPolicyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callSts, clientsOf, credentialsIn, newUser } from '../support/principals.js';
import { SimulatedServer } from '../support/simulated-server.js';

const SERVICE = 's3.amazonaws.com';
const ALIAS = 'alias/aws/s3';

let server: SimulatedServer;
let client: KMSClient;
let throughService: KMSClient;
let KeyId: string;

beforeAll(async () => {
  server = await SimulatedServer.start({ yaml: { services: { [SERVICE]: 'all' } } });
  const { strongroom } = server;
  client = await strongroom.client();
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: ALIAS }));
  KeyId = KeyMetadata?.Arn as string;
  const service = await credentialsIn(strongroom, `services/${SERVICE}.credentials`);
  const { text } = await callSts(strongroom, service, {
    Action: 'GetForwardAccessSession',
    CallerAccessKeyId: (await strongroom.credentials()).accessKeyId,
  });
  const read = (name: string) => new RegExp(`<${name}>([^<]+)`).exec(text)?.[1] ?? '';
  throughService = clientsOf(strongroom, {
    accessKeyId: read('AccessKeyId'),
    secretAccessKey: read('SecretAccessKey'),
    sessionToken: read('SessionToken'),
  }).kms;
});

afterAll(() => server.strongroom.dispose());

describe('an AWS managed key', () => {
  it('is made once, when its alias is first used', async () => {
    const both = await Promise.all(
      [1, 2, 3].map(() => client.send(new DescribeKeyCommand({ KeyId: 'alias/aws/ebs' }))),
    );
    expect(new Set(both.map(({ KeyMetadata }) => KeyMetadata?.Arn)).size).toBe(1);
    expect(both[0]?.KeyMetadata).toMatchObject({
      KeyManager: 'AWS',
      KeyState: 'Enabled',
      Origin: 'AWS_KMS',
      MultiRegion: false,
    });
    const { Aliases } = await client.send(new ListAliasesCommand({}));
    expect(Aliases?.map(({ AliasName }) => AliasName)).toEqual(['alias/aws/ebs', ALIAS]);
    const { Keys } = await client.send(new ListKeysCommand({}));
    expect(Keys).toHaveLength(2);
  });

  it.each<[string, (id: string) => object]>([
    ['DescribeKey', (id) => new DescribeKeyCommand({ KeyId: id })],
    ['Encrypt', (id) => new EncryptCommand({ KeyId: id, Plaintext: Buffer.from('x') })],
  ])('is not made by a call of %s that is refused', async (_, command) => {
    const nobody = await newUser(
      server.strongroom,
      clientsOf(server.strongroom, await server.strongroom.credentials()),
      `nobody-${_}`,
    );
    await expect(nobody.kms.send(command('alias/aws/sqs') as never)).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    const { Aliases } = await client.send(new ListAliasesCommand({}));
    expect(Aliases?.map(({ AliasName }) => AliasName)).not.toContain('alias/aws/sqs');
  });

  it('has the description, the Sid and the rotation that AWS was recorded to answer for sqs', async () => {
    const described = await client.send(new DescribeKeyCommand({ KeyId: 'alias/aws/sqs' }));
    const { Arn, Description } = described.KeyMetadata ?? {};
    expect(Description).toBe(
      'Default key that protects my SQS messages when no other key is defined',
    );
    const { Policy } = await client.send(new GetKeyPolicyCommand({ KeyId: Arn }));
    expect(JSON.parse(Policy ?? '').Statement[0].Sid).toBe(
      'Allow access through Simple Queue Service (SQS) for all principals in the account that are authorized to use SQS',
    );
    const status = await client.send(new GetKeyRotationStatusCommand({ KeyId: Arn }));
    expect(status).toMatchObject({ KeyId: Arn, KeyRotationEnabled: false });
    expect(status).not.toHaveProperty('NextRotationDate');
  });

  it('of an unknown service is not made', async () => {
    await expect(
      client.send(new DescribeKeyCommand({ KeyId: 'alias/aws/toaster' })),
    ).rejects.toMatchObject({ name: 'NotFoundException' });
  });

  it("has the service's policy, and is used through the service only", async () => {
    const { Policy } = await client.send(new GetKeyPolicyCommand({ KeyId }));
    expect(JSON.parse(Policy ?? '').Statement[0].Condition).toEqual({
      StringEquals: {
        'kms:CallerAccount': '111122223333',
        'kms:ViaService': 's3.us-east-1.amazonaws.com',
      },
    });
    const encrypt = new EncryptCommand({ KeyId: ALIAS, Plaintext: Buffer.from('x') });
    await expect(client.send(encrypt)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const { CiphertextBlob } = await throughService.send(encrypt);
    const { Plaintext } = await throughService.send(new DecryptCommand({ CiphertextBlob }));
    expect(Buffer.from(Plaintext ?? []).toString()).toBe('x');
  });

  it.each<[string, () => object]>([
    ['DisableKey', () => new DisableKeyCommand({ KeyId })],
    ['RotateKeyOnDemand', () => new RotateKeyOnDemandCommand({ KeyId })],
    ['ScheduleKeyDeletion', () => new ScheduleKeyDeletionCommand({ KeyId })],
    ['TagResource', () => new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: '' }] })],
    ['UpdateKeyDescription', () => new UpdateKeyDescriptionCommand({ KeyId, Description: 'x' })],
    ['CreateAlias', () => new CreateAliasCommand({ AliasName: 'alias/x', TargetKeyId: KeyId })],
    [
      'PutKeyPolicy',
      () => new PutKeyPolicyCommand({ KeyId, Policy: '{"Version":"2012-10-17","Statement":[]}' }),
    ],
    [
      'CreateGrant',
      () =>
        new CreateGrantCommand({
          KeyId,
          GranteePrincipal: 'arn:aws:iam::111122223333:root',
          Operations: ['Encrypt'],
        }),
    ],
  ])('is not managed by its account: %s', async (_, command) => {
    await expect(client.send(command() as never)).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  it('rotates every year', async () => {
    const status = await client.send(new GetKeyRotationStatusCommand({ KeyId }));
    // A new one says nothing of it yet, as AWS's was recorded to.
    expect(status).toMatchObject({ KeyRotationEnabled: false });
    await server.advance(366);
    const rotated = await client.send(new GetKeyRotationStatusCommand({ KeyId }));
    expect(rotated).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 365 });
    const { Rotations } = await client.send(new ListKeyRotationsCommand({ KeyId }));
    expect(Rotations).toMatchObject([{ RotationType: 'AUTOMATIC' }]);
  });
});
