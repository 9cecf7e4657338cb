import {
  CancelKeyDeletionCommand,
  ConnectCustomKeyStoreCommand,
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisconnectCustomKeyStoreCommand,
  EncryptCommand,
  type KMSClient,
  ListAliasesCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditRecords } from '../support/audit-records.js';
import { connectedKeyStore, connectionState } from '../support/custom-key-store.js';
import { databaseFile, query } from '../support/database-file.js';
import { Pkcs11Tool } from '../support/pkcs11-tool.js';

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

async function newKey(members: object = {}): Promise<string> {
  return (await client.send(new CreateKeyCommand(members))).KeyMetadata?.Arn as string;
}

const describeKey = async (KeyId: string) =>
  (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;

const schedule = (KeyId: string, PendingWindowInDays?: number) =>
  client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays }));

async function encrypt(KeyId: string): Promise<Uint8Array> {
  const command = new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') });
  return (await client.send(command)).CiphertextBlob as Uint8Array;
}

/** CKA_IDs of the key's objects, as the database has them. */
async function objectsOf(KeyId: string): Promise<string[]> {
  const id = KeyId.split('/').at(-1) ?? '';
  const file = databaseFile(server.strongroom);
  const rows = await query(file, `SELECT cka_id FROM token_objects WHERE key_id = '${id}'`);
  return rows.map((row) => String(row.cka_id));
}

/** Which of these the token holds, as another program sees it. */
async function inToken(ckaIds: readonly string[]): Promise<string[]> {
  const tool = new Pkcs11Tool(server.strongroom, 'cluster-softhsmtoken');
  const held = new Set(await tool.keyIds());
  return ckaIds.filter((ckaId) => held.has(Buffer.from(ckaId).toString('hex')));
}

/** The record of the deletion in the audit trail; waits for the job that writes it. */
async function deletionRecord(arn: string) {
  const records = await auditRecords(server.strongroom);
  return records.find(
    ({ eventName, resources }) =>
      eventName === 'DeleteKey' && JSON.stringify(resources).includes(arn),
  );
}

describe('the waiting period', () => {
  it.each([6, 31])('is not %i days', async (days) => {
    const KeyId = await newKey();
    await expect(schedule(KeyId, days)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('is 30 days unless another is asked for, and the key is there until its end', async () => {
    const KeyId = await newKey();
    const { PendingWindowInDays, DeletionDate } = await schedule(KeyId);
    expect(PendingWindowInDays).toBe(30);
    await server.advance(29.9);
    expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'PendingDeletion', DeletionDate });
    await server.advance(0.2);
    await expect(describeKey(KeyId)).rejects.toMatchObject({
      name: 'NotFoundException',
      message: `Key '${KeyId}' does not exist`,
    });
  });

  it('ends with a cancellation, which leaves the key disabled', async () => {
    const KeyId = await newKey();
    await schedule(KeyId, 7);
    await server.advance(6);
    await client.send(new CancelKeyDeletionCommand({ KeyId }));
    await server.advance(60);
    expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'Disabled' });
  });
});

describe('at its end', () => {
  it('aliases, grants and ciphertexts go with the key, and the deletion is told', async () => {
    const KeyId = await newKey({ Tags: [{ TagKey: 'a', TagValue: 'b' }] });
    await client.send(new CreateAliasCommand({ AliasName: 'alias/gone', TargetKeyId: KeyId }));
    await client.send(
      new CreateGrantCommand({
        KeyId,
        GranteePrincipal: 'arn:aws:iam::111122223333:root',
        Operations: ['Encrypt'],
      }),
    );
    const CiphertextBlob = await encrypt(KeyId);
    await schedule(KeyId, 7);
    await server.advance(8);
    const { Aliases } = await client.send(new ListAliasesCommand({}));
    expect(Aliases?.map(({ AliasName }) => AliasName)).not.toContain('alias/gone');
    await expect(client.send(new DecryptCommand({ CiphertextBlob }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await expect(
      client.send(new DescribeKeyCommand({ KeyId: 'alias/gone' })),
    ).rejects.toMatchObject({ name: 'NotFoundException' });
    const events = await server.events();
    expect(events.filter(({ resources }) => resources.includes(KeyId))).toMatchObject([
      { 'detail-type': 'KMS CMK Deletion', detail: { 'key-id': KeyId.split('/').at(-1) } },
    ]);
    expect(await deletionRecord(KeyId)).toMatchObject({
      eventType: 'AwsServiceEvent',
      userIdentity: { accountId: '111122223333', invokedBy: 'AWS Internal' },
      sourceIPAddress: 'AWS Internal',
      requestParameters: null,
      readOnly: false,
    });
  });

  it('every object in the token is destroyed', async () => {
    const KeyId = await newKey({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId });
    await client.send(new RotateKeyOnDemandCommand({ KeyId }));
    const objects = await objectsOf(KeyId);
    expect(objects).toHaveLength(2);
    expect(await inToken(objects)).toEqual(objects);
    await schedule(KeyId, 7);
    await server.advance(8);
    expect(await inToken(objects)).toEqual([]);
    expect(await objectsOf(KeyId)).toEqual([]);
    expect(await deletionRecord(KeyId)).toMatchObject({
      additionalEventData: {
        customKeyStoreId: CustomKeyStoreId,
        clusterId: 'cluster-softhsmtoken',
        backingKeys: expect.stringContaining('backingKeyId'),
        backingKeysDeletionStatus: 'SUCCESS',
      },
    });
  });

  it('what a token that is away still holds is reported, and destroyed when it is back', async () => {
    const KeyId = await newKey({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId });
    const objects = await objectsOf(KeyId);
    await schedule(KeyId, 7);
    await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    await connectionState(client, CustomKeyStoreId, 'DISCONNECTED');
    await server.advance(8);
    await expect(describeKey(KeyId)).rejects.toMatchObject({ name: 'NotFoundException' });
    expect(await deletionRecord(KeyId)).toMatchObject({
      additionalEventData: { backingKeysDeletionStatus: 'FAILURE' },
    });
    expect(await inToken(objects)).toEqual(objects);
    await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    await connectionState(client, CustomKeyStoreId, 'CONNECTED');
    await expect.poll(() => inToken(objects)).toEqual([]);
  });
});

describe('the use of a key that awaits its deletion', () => {
  it('is refused, recorded, and raises one event a minute', async () => {
    const KeyId = await newKey();
    const CiphertextBlob = await encrypt(KeyId);
    await schedule(KeyId);
    for (let time = 0; time < 3; time += 1) {
      await expect(client.send(new DecryptCommand({ CiphertextBlob }))).rejects.toMatchObject({
        name: 'KMSInvalidStateException',
        message: `${KeyId} is pending deletion.`,
      });
    }
    const raised = async () =>
      (await server.events()).filter(({ resources }) => resources.includes(KeyId));
    await expect.poll(raised).toMatchObject([
      {
        'detail-type': 'AWS API Call via CloudTrail',
        detail: {
          eventName: 'Decrypt',
          errorCode: 'KMSInvalidStateException',
          errorMessage: `${KeyId} is pending deletion.`,
        },
      },
    ]);
  });
});
