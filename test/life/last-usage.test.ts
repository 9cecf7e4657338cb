import {
  CreateKeyCommand,
  DecapsulateCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncapsulateCommand,
  EncryptCommand,
  GetKeyLastUsageCommand,
  type KMSClient,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditRecords } from '../support/audit-records.js';

import { SimulatedServer } from '../support/simulated-server.js';

const DAY_MS = 24 * 60 * 60 * 1000;

let server: SimulatedServer;
let client: KMSClient;

beforeAll(async () => {
  server = await SimulatedServer.start();
  client = await server.strongroom.client();
});

afterAll(() => server.strongroom.dispose());

async function newKey(members: object = {}): Promise<string> {
  return (await client.send(new CreateKeyCommand(members))).KeyMetadata?.Arn as string;
}

const lastUsage = (KeyId: string) => client.send(new GetKeyLastUsageCommand({ KeyId }));

const encrypt = (KeyId: string, members: object = {}) =>
  client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x'), ...members }));

describe('the last use of a key', () => {
  it('is nothing at first, and neither management nor a dry run is one', async () => {
    const KeyId = await newKey();
    await client.send(new DescribeKeyCommand({ KeyId }));
    await expect(encrypt(KeyId, { DryRun: true })).rejects.toMatchObject({
      name: 'DryRunOperationException',
    });
    const { KeyLastUsage, TrackingStartDate, KeyCreationDate, ...rest } = await lastUsage(KeyId);
    expect(rest.KeyId).toBe(KeyId);
    expect(KeyLastUsage).toEqual({});
    expect(TrackingStartDate).toEqual(KeyCreationDate);
  });

  it('names the operation, the time and the record', async () => {
    const KeyId = await newKey();
    const { CiphertextBlob } = await encrypt(KeyId);
    const now = await server.advance(3);
    const decrypted = await client.send(new DecryptCommand({ CiphertextBlob }));
    const { KeyLastUsage } = await lastUsage(KeyId);
    expect(KeyLastUsage).toMatchObject({
      Operation: 'Decrypt',
      KmsRequestId: decrypted.$metadata.requestId,
    });
    expect(Math.abs((KeyLastUsage?.Timestamp?.getTime() ?? 0) - now)).toBeLessThan(60_000);
    const record = (await auditRecords(server.strongroom)).find(
      ({ requestID }) => requestID === decrypted.$metadata.requestId,
    );
    expect(KeyLastUsage?.CloudTrailEventId).toBe(record?.eventID);
  });

  it('is an Encapsulate or a Decapsulate as well', async () => {
    const KeyId = await newKey({ KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' });
    const terms = { KeyId, EncapsulationAlgorithm: 'ML_KEM' } as const;
    const operation = async () => (await lastUsage(KeyId)).KeyLastUsage?.Operation;
    const { SharedSecretCiphertextBlob } = await client.send(new EncapsulateCommand(terms));
    expect(await operation()).toBe('Encapsulate');
    await client.send(new DecapsulateCommand({ ...terms, SharedSecretCiphertextBlob }));
    expect(await operation()).toBe('Decapsulate');
    const fresh = await newKey({ KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' });
    const tooShort = new DecapsulateCommand({
      ...{ ...terms, KeyId: fresh, SharedSecretCiphertextBlob: Buffer.alloc(767) },
    });
    await expect(client.send(tooShort)).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    });
    expect((await lastUsage(fresh)).KeyLastUsage).toEqual({});
  });

  it('by ReEncrypt is of both keys', async () => {
    const [from, to] = [await newKey(), await newKey()];
    const { CiphertextBlob } = await encrypt(from);
    await client.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: to }));
    for (const KeyId of [from, to]) {
      expect((await lastUsage(KeyId)).KeyLastUsage?.Operation).toBe('ReEncrypt');
    }
  });

  it('outlives a restart', async () => {
    const KeyId = await newKey();
    await encrypt(KeyId);
    const before = await lastUsage(KeyId);
    await server.strongroom.stop();
    await server.strongroom.start();
    client = await server.strongroom.client();
    expect((await lastUsage(KeyId)).KeyLastUsage).toEqual(before.KeyLastUsage);
  });
});

describe('a policy that demands idle days', () => {
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'kms:*', Resource: '*' },
      {
        Effect: 'Deny',
        Principal: '*',
        Action: ['kms:ScheduleKeyDeletion', 'kms:DisableKey'],
        Resource: '*',
        Condition: { NumericLessThan: { 'kms:TrailingDaysWithoutKeyUsage': '30' } },
      },
    ],
  });

  it('protects a key that was used of late from its deletion', async () => {
    const KeyId = await newKey({ Policy: policy });
    const attempts = [
      () => client.send(new DisableKeyCommand({ KeyId })),
      () => client.send(new ScheduleKeyDeletionCommand({ KeyId })),
    ];
    await server.advance(29);
    await encrypt(KeyId);
    await server.advance(29.5);
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    }
    const now = await server.advance(1);
    for (const attempt of attempts) await attempt();
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata?.DeletionDate?.getTime()).toBeGreaterThan(now + 29 * DAY_MS);
  });
});
