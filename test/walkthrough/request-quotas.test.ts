/** Clients that call more often than their quotas allow. */
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  type KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endingOf, makeKey, PLAINTEXT } from '../support/clients.js';
import { scrapedValue } from '../support/exposition.js';
import { type Clients, clientsOf, credentialsIn, newUser } from '../support/principals.js';
import { REGION, Strongroom } from '../support/strongroom.js';

const OTHER_ACCOUNT = '444455556666';
const OTHER_REGION = 'eu-west-1';
/** So seldom that no second call is allowed while the tests run. */
const ONCE = 0.001;
const REQUESTS = {
  ListKeys: 4,
  CreateAlias: ONCE,
  CryptographicOperationsRsa: ONCE,
  CryptographicOperationsSymmetric: ONCE,
};

let strongroom: Strongroom;
let root: Clients;
let keyId: string;
beforeAll(async () => {
  strongroom = await Strongroom.start({
    yaml: {
      accounts: [OTHER_ACCOUNT],
      regions: [REGION, OTHER_REGION],
      quotas: { preset: 'aws', requests: REQUESTS },
    },
  });
  root = clientsOf(strongroom, await strongroom.credentials());
  keyId = await makeKey(root.kms);
});
afterAll(() => strongroom.dispose());

const encrypted = (kms: KMSClient, KeyId: string) =>
  endingOf(kms.send(new EncryptCommand({ KeyId, Plaintext: PLAINTEXT })));

describe('a call beyond its quota', () => {
  const alias = (name: string) =>
    root.kms.send(new CreateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId: keyId }));

  it("is refused in AWS's words, changes nothing and is counted", async () => {
    await alias('first');
    await expect(alias('second')).rejects.toMatchObject({
      name: 'ThrottlingException',
      message:
        'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
      $metadata: { httpStatusCode: 400 },
    });
    const { Aliases } = await root.kms.send(new ListAliasesCommand({ KeyId: keyId }));
    expect(Aliases?.map(({ AliasName }) => AliasName)).toEqual(['alias/first']);
    const { endpoint } = strongroom;
    const name = 'strongroom_quota_refusals_total';
    expect(await scrapedValue(endpoint, name, { quota: 'CreateAlias' })).toBe(1);
  });

  it('is refused after it is authorized and before the state of its key', async () => {
    const disabled = await makeKey(root.kms);
    await root.kms.send(new DisableKeyCommand({ KeyId: disabled }));
    const nobody = await newUser(strongroom, root, 'nobody');
    expect(await encrypted(nobody.kms, keyId)).toBe('AccessDeniedException');
    expect(await encrypted(root.kms, keyId)).toBe('answered');
    expect(await encrypted(nobody.kms, keyId)).toBe('AccessDeniedException');
    expect(await encrypted(root.kms, disabled)).toBe('ThrottlingException');
  });

  it('says nothing of other quotas, Regions and accounts', async () => {
    expect(await encrypted(root.kms, keyId)).toBe('ThrottlingException');
    const rsa = await makeKey(root.kms, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
    const Plaintext = PLAINTEXT;
    const byRsa = { KeyId: rsa, Plaintext, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' } as const;
    expect(await endingOf(root.kms.send(new EncryptCommand(byRsa)))).toBe('answered');
    const abroad = await strongroom.client({ region: OTHER_REGION });
    expect(await encrypted(abroad, await makeKey(abroad))).toBe('answered');
    const other = clientsOf(
      strongroom,
      await credentialsIn(strongroom, `accounts/${OTHER_ACCOUNT}.credentials`),
    );
    expect(await encrypted(other.kms, await makeKey(other.kms))).toBe('answered');
    // The caller's account pays, and not the key's.
    const { KeyMetadata } = await other.kms.send(
      new CreateKeyCommand({
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' }],
        }),
      }),
    );
    expect(await encrypted(root.kms, KeyMetadata?.Arn ?? '')).toBe('ThrottlingException');
  });
});

it('the SDK waits and tries again until it is answered', async () => {
  const patient = await strongroom.client({ maxAttempts: 12 });
  const calls = Array.from({ length: 12 }, () => patient.send(new ListKeysCommand({})));
  const attempts = (await Promise.all(calls)).map(({ $metadata }) => $metadata.attempts ?? 0);
  expect(Math.max(...attempts)).toBeGreaterThan(1);
});

it('what is not set is as the preset has it: new keys come five a second', async () => {
  const calls = Array.from({ length: 30 }, () => endingOf(makeKey(root.kms)));
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['answered', 'ThrottlingException']));
});
