import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectionState } from '../support/custom-key-store.js';
import { ownConformanceServer } from '../support/faces/conformance-server.js';
import type { Exchange } from '../support/faces/face.js';
import { FACES } from '../support/faces/faces.js';
import { PASSWORD } from '../support/operations/key-stores.js';
import type { Json } from '../support/operations/operation-row.js';
import { operationRows } from '../support/operations/operation-rows.js';
import { recordedOf } from '../support/operations/recorded.js';
import {
  IMPORTED,
  PLAINTEXT,
  Surroundings,
  sharedSurroundings,
} from '../support/operations/surroundings.js';
import { SHARED_SETTINGS } from '../support/shared-server.js';
import { ACCOUNT_ID, REGION } from '../support/strongroom.js';

const server = ownConformanceServer({
  yaml: { ...SHARED_SETTINGS.yaml, log: { level: 'trace' } },
});

const GRANT_TOKEN = 'grant-token-not-to-be-seen';

/** Octets that were answered or sent: none may be found anywhere. */
const secrets: Buffer[] = [IMPORTED, PLAINTEXT, Buffer.from(PASSWORD), Buffer.from(GRANT_TOKEN)];

async function auditText(): Promise<string> {
  const dir = join(server.strongroom.dataDir, 'audit');
  const names = (await readdir(dir)).filter((name) => name.endsWith('.jsonl'));
  return (await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')))).join('');
}

async function recordOf({ requestId }: Exchange): Promise<Json> {
  const lines = (await auditText()).trim().split('\n');
  const found = lines
    .map((line) => JSON.parse(line))
    .filter((row) => row.requestID === requestId && row.awsRegion === REGION);
  expect(found).toHaveLength(1);
  return found[0];
}

/** Remembers every blob of an answer. */
function collectSecrets({ output = {} }: Exchange): void {
  for (const value of Object.values(output)) if (Buffer.isBuffer(value)) secrets.push(value);
}

const storeFile = (suffix: string) =>
  readFile(join(server.strongroom.dataDir, `cluster-softhsmtoken.${suffix}`), 'utf8');

describe.each(FACES)('the audit trail of calls over %s', (face) => {
  const { call, exchange, newKey } = server.over(face);
  const place = () => ({ server, face });
  const shared = sharedSurroundings(place);

  it.each(operationRows.filter(({ recorded }) => recorded))('$title', async (row) => {
    const { operation } = row;
    const at = await (row.changes ? Surroundings.make(place(), row) : shared(row));
    await row.before?.(at);
    // Whatever form the caller gave is recorded.
    const input = { ...(await row.input(row.forms === 'any' ? await at.alias() : at.key.arn, at)) };
    const answer = await exchange(operation, input);
    expect(answer.error).toBeUndefined();
    collectSecrets(answer);
    const { output = {} } = answer;
    const { resources, ...recorded } = await recordedOf(row, at, { input, output });
    await row.after?.(at, output);
    expect(await recordOf(answer)).toEqual({
      eventVersion: '1.11',
      userIdentity: {
        type: 'Root',
        principalId: ACCOUNT_ID,
        arn: `arn:aws:iam::${ACCOUNT_ID}:root`,
        accountId: ACCOUNT_ID,
        accessKeyId: (await server.strongroom.credentials()).accessKeyId,
      },
      eventTime: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/),
      eventSource: 'kms.amazonaws.com',
      eventName: operation,
      awsRegion: REGION,
      sourceIPAddress: expect.stringMatching(/127\.0\.0\.1$/),
      userAgent: face === 'REST' ? 'node' : expect.stringContaining('aws-sdk-js/3'),
      ...recorded,
      additionalEventData: {
        ...row.recorded?.additional,
        authorization: expect.arrayContaining([expect.objectContaining({ decision: 'allowed' })]),
      },
      requestID: answer.requestId,
      eventID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      resources: resources.map((ARN) => ({ accountId: ACCOUNT_ID, type: 'AWS::KMS::Key', ARN })),
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: ACCOUNT_ID,
      eventCategory: 'Management',
      tlsDetails: { clientProvidedHostHeader: new URL(server.strongroom.endpoint).host },
    });
  });

  it.each([
    ['ReplicateKey', 'CreateKey', { ReplicaRegion: 'eu-west-1' }],
    ['UpdatePrimaryRegion', 'UpdatePrimaryRegion', { PrimaryRegion: 'eu-west-1' }],
  ] as const)('of %s tell of the other Region, too', async (operation, eventName, members) => {
    const { id: KeyId } = await newKey({ MultiRegion: true });
    if (operation === 'UpdatePrimaryRegion') {
      await call('ReplicateKey', { KeyId, ReplicaRegion: 'eu-west-1' });
    }
    const { requestId } = await exchange(operation, { KeyId, ...members });
    const records = (await auditText())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records.filter((row) => row.requestID === requestId)).toMatchObject([
      { eventName: operation, awsRegion: REGION },
      {
        eventName,
        awsRegion: 'eu-west-1',
        userIdentity: { type: 'Root', invokedBy: 'kms.amazonaws.com' },
        sourceIPAddress: 'kms.amazonaws.com',
        resources: [{ ARN: `arn:aws:kms:eu-west-1:${ACCOUNT_ID}:key/${KeyId}` }],
      },
    ]);
  });

  it('says how a call failed, and what it was about', async () => {
    const key = await newKey();
    await call('ScheduleKeyDeletion', { KeyId: key.id });
    const failed = await exchange('Encrypt', { KeyId: key.id, Plaintext: PLAINTEXT });
    expect(await recordOf(failed)).toMatchObject({
      errorCode: 'KMSInvalidStateException',
      errorMessage: `${key.arn} is pending deletion.`,
      requestParameters: { keyId: key.id, encryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
      responseElements: null,
      resources: [{ ARN: key.arn }],
    });
    const unknown = await exchange('DisableKey', { KeyId: 'x' });
    expect(await recordOf(unknown)).toMatchObject({
      errorCode: 'NotFoundException',
      errorMessage: "Invalid keyId 'x'",
      requestParameters: null,
      additionalEventData: { refusedRequestParameters: { keyId: 'x' } },
      responseElements: null,
      resources: [],
      readOnly: false,
    });
    const foreign = `arn:aws:kms:${REGION}:999999999999:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
    // CloudTrail's own name for it.
    expect(await recordOf(await exchange('DescribeKey', { KeyId: foreign }))).toMatchObject({
      errorCode: 'AccessDenied',
      requestParameters: null,
      additionalEventData: { refusedRequestParameters: { keyId: foreign } },
      resources: [],
    });
  });

  it('has dry runs and refused grant tokens, without the token', async () => {
    const { id } = await newKey();
    const encrypt = { KeyId: id, Plaintext: PLAINTEXT };
    const dry = await exchange('Encrypt', { ...encrypt, DryRun: true });
    expect(await recordOf(dry)).toMatchObject({
      errorCode: 'DryRunOperationException',
      requestParameters: { keyId: id, dryRun: true },
    });
    const granted = await exchange('Encrypt', { ...encrypt, GrantTokens: [GRANT_TOKEN] });
    expect(await recordOf(granted)).toMatchObject({
      errorCode: 'InvalidGrantTokenException',
      requestParameters: { keyId: id, encryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
    });
  });
});

it('names the store of a key in one', async () => {
  const { call, exchange } = server.over('AWS JSON');
  const { CustomKeyStores } = await call('DescribeCustomKeyStores', {});
  const CustomKeyStoreId = CustomKeyStores?.[0]?.CustomKeyStoreId ?? '';
  await connectionState(await server.strongroom.client(), CustomKeyStoreId, 'CONNECTED');
  const { KeyMetadata } = await call('CreateKey', { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId });
  const answer = await exchange('Encrypt', { KeyId: KeyMetadata?.KeyId, Plaintext: PLAINTEXT });
  collectSecrets(answer);
  const named = { additionalEventData: { customKeyStoreId: CustomKeyStoreId } };
  expect(await recordOf(answer)).toMatchObject(named);
});

it('holds no plaintext, ciphertext, password or token, and neither does the log', async () => {
  secrets.push(Buffer.from((await storeFile('pin')).trim()));
  secrets.push(Buffer.from((await server.strongroom.credentials()).secretAccessKey));
  expect(secrets.length).toBeGreaterThan(20);
  const texts = { audit: await auditText(), log: server.strongroom.log };
  for (const [where, text] of Object.entries(texts)) {
    expect(text).not.toBe('');
    for (const secret of secrets) {
      for (const encoding of ['latin1', 'base64', 'hex'] as const) {
        const found = text.includes(secret.toString(encoding));
        expect({ where, encoding, found }).toEqual({ where, encoding, found: false });
      }
    }
  }
});
