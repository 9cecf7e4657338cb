/** What policies say of a key policy's name, and grants of a source. Source: model-2026-11.md §2, §3. */
import { PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateGrantCommand,
  CreateKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allow,
  type Clients,
  callSts,
  clientsOf,
  credentialsIn,
  document,
  newUser,
} from '../support/principals.js';
import { ACCOUNT_ID, Strongroom } from '../support/strongroom.js';

const DENIED = { name: 'AccessDeniedException' };
const SERVICE = 's3.amazonaws.com';
const BUCKET = `arn:aws:s3:us-east-1:${ACCOUNT_ID}:bucket`;

let strongroom: Strongroom;
let root: Clients;
beforeAll(async () => {
  strongroom = await Strongroom.start({ yaml: { services: { [SERVICE]: 'all' } } });
  root = clientsOf(strongroom, await strongroom.credentials());
});
afterAll(() => strongroom?.dispose());

async function newKey(): Promise<string> {
  const { KeyMetadata } = await root.kms.send(new CreateKeyCommand({}));
  return KeyMetadata?.Arn ?? '';
}

const NAMES = ['default', 'AWS_RAM', undefined];
const keyPolicy = (more: object) =>
  document(
    { Effect: 'Allow', Principal: { AWS: ACCOUNT_ID }, Action: 'kms:*', Resource: '*' },
    { Effect: 'Deny', Principal: '*', Resource: '*', ...more },
  );

describe('kms:PolicyName', () => {
  it.each(NAMES)('is what %s calls: an Allow of the policy default', async (PolicyName) => {
    const UserName = `names-${PolicyName}`;
    const KeyId = await newKey();
    const user = await newUser(strongroom, root, UserName);
    const PolicyDocument = allow(['kms:GetKeyPolicy', 'kms:PutKeyPolicy'], '*', {
      Condition: { StringEquals: { 'kms:PolicyName': 'default' } },
    });
    await root.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }));
    const { Policy } = await root.kms.send(new GetKeyPolicyCommand({ KeyId }));
    const calls = [
      user.kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName })),
      user.kms.send(new PutKeyPolicyCommand({ KeyId, PolicyName, Policy })),
    ];
    for (const call of calls) {
      // Who may not name the policy isn't told that nobody can put it.
      if (PolicyName === 'AWS_RAM') await expect(call).rejects.toMatchObject(DENIED);
      else await expect(call).resolves.toBeDefined();
    }
  });

  it.each([
    ['default', false],
    ['AWS_RAM', true],
  ])('the lockout check asks of the policy default: one that denies %s', async (name, taken) => {
    const KeyId = await newKey();
    const Policy = keyPolicy({
      Action: 'kms:PutKeyPolicy',
      Condition: { StringEquals: { 'kms:PolicyName': name } },
    });
    const put = root.kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
    if (taken) await expect(put).resolves.toBeDefined();
    else await expect(put).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
  });
});

/** Whom the service calls for, about a bucket. */
async function throughService({ credentials }: Clients, SourceArn: string): Promise<Clients> {
  const service = await credentialsIn(strongroom, `services/${SERVICE}.credentials`);
  const { text } = await callSts(strongroom, service, {
    Action: 'GetForwardAccessSession',
    CallerAccessKeyId: credentials.accessKeyId,
    SourceArn,
  });
  const read = (name: string) => new RegExp(`<${name}>([^<]+)`).exec(text)?.[1] ?? '';
  return clientsOf(strongroom, {
    accessKeyId: read('AccessKeyId'),
    secretAccessKey: read('SecretAccessKey'),
    sessionToken: read('SessionToken'),
  });
}

/** By what each of the two keys allows its half. */
const HALVES = {
  'a grant for the bucket': BUCKET,
  'a grant without a source': undefined,
  'its policy': 'policy',
} as const;
type Half = keyof typeof HALVES;

describe('ReEncrypt under grants', () => {
  it.each<[Half, Half, boolean]>([
    ['a grant for the bucket', 'a grant for the bucket', true],
    ['a grant without a source', 'a grant without a source', true],
    ['a grant for the bucket', 'a grant without a source', false],
    ['a grant without a source', 'a grant for the bucket', false],
    ['its policy', 'a grant for the bucket', true],
    ['a grant for the bucket', 'its policy', true],
  ])('from %s to %s: %s', async (from, to, allowed) => {
    const UserName = `re-encrypts-${Object.keys(HALVES).indexOf(from)}-${Object.keys(HALVES).indexOf(to)}`;
    const user = await newUser(strongroom, root, UserName);
    const keyWith = async (half: Half, operation: 'ReEncryptFrom' | 'ReEncryptTo') => {
      const KeyId = await newKey();
      const SourceArn = HALVES[half];
      if (SourceArn === 'policy') {
        const Policy = document(
          { Effect: 'Allow', Principal: { AWS: ACCOUNT_ID }, Action: 'kms:*', Resource: '*' },
          {
            Effect: 'Allow',
            Principal: { AWS: user.arn },
            Action: 'kms:ReEncrypt*',
            Resource: '*',
          },
        );
        await root.kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
      } else {
        await root.kms.send(
          new CreateGrantCommand({
            ...{ KeyId, GranteePrincipal: user.arn, Operations: [operation] },
            ...(SourceArn && { Constraints: { SourceArn } }),
          }),
        );
      }
      return KeyId;
    };
    const source = await keyWith(from, 'ReEncryptFrom');
    const DestinationKeyId = await keyWith(to, 'ReEncryptTo');
    const { CiphertextBlob } = await root.kms.send(
      new EncryptCommand({ KeyId: source, Plaintext: Buffer.from('moved') }),
    );
    const { kms } = await throughService(user, BUCKET);
    const moved = kms.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId }));
    if (allowed) await expect(moved).resolves.toMatchObject({ KeyId: DestinationKeyId });
    else await expect(moved).rejects.toMatchObject(DENIED);
  });
});
