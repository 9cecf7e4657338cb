/** Who may encapsulate and decapsulate: by grants, key policies and simulations, here and from elsewhere. */
import { PutUserPolicyCommand, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateGrantCommand,
  type CreateGrantCommandInput,
  CreateKeyCommand,
  DecapsulateCommand,
  EncapsulateCommand,
  GetPublicKeyCommand,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allow,
  type Clients,
  clientsOf,
  credentialsIn,
  document,
  newUser,
} from '../support/principals.js';
import { ACCOUNT_ID, Strongroom } from '../support/strongroom.js';

const OTHER = '444455556666';
const DENIED = { name: 'AccessDeniedException' };
const EncapsulationAlgorithm = 'ML_KEM';
const ACTIONS = ['kms:Encapsulate', 'kms:Decapsulate'];

let strongroom: Strongroom;
let root: Clients;
let other: Clients;
beforeAll(async () => {
  strongroom = await Strongroom.start({ yaml: { accounts: [OTHER] } });
  root = clientsOf(strongroom, await strongroom.credentials());
  other = clientsOf(strongroom, await credentialsIn(strongroom, `accounts/${OTHER}.credentials`));
});
afterAll(() => strongroom?.dispose());

/** @returns the key's ARN */
async function newKey(): Promise<string> {
  const { KeyMetadata } = await root.kms.send(
    new CreateKeyCommand({ KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' }),
  );
  return KeyMetadata?.Arn ?? '';
}

const encapsulate = ({ kms }: Clients, KeyId: string) =>
  kms.send(new EncapsulateCommand({ KeyId, EncapsulationAlgorithm }));
const decapsulate = ({ kms }: Clients, KeyId: string, SharedSecretCiphertextBlob: Uint8Array) =>
  kms.send(new DecapsulateCommand({ KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob }));
const anyBlob = Buffer.alloc(768);

/** Each may its own half, and not the other's: what the one encapsulates, the other opens. */
async function expectHalves(KeyId: string, maker: Clients, opener: Clients): Promise<void> {
  const { SharedSecret, SharedSecretCiphertextBlob } = await encapsulate(maker, KeyId);
  const blob = SharedSecretCiphertextBlob ?? anyBlob;
  expect((await decapsulate(opener, KeyId, blob)).SharedSecret).toEqual(SharedSecret);
  await expect(decapsulate(maker, KeyId, blob)).rejects.toMatchObject(DENIED);
  await expect(encapsulate(opener, KeyId)).rejects.toMatchObject(DENIED);
}

describe('grants', () => {
  const grant = (KeyId: string, more: Partial<CreateGrantCommandInput>) =>
    root.kms.send(new CreateGrantCommand({ KeyId, Operations: ['Encapsulate'], ...more }));

  it('are for the one or the other, or for the public key', async () => {
    const KeyId = await newKey();
    const maker = await newUser(strongroom, root, 'maker');
    const opener = await newUser(strongroom, root, 'opener');
    await expect(encapsulate(maker, KeyId)).rejects.toMatchObject(DENIED);
    await grant(KeyId, { GranteePrincipal: maker.arn });
    await grant(KeyId, {
      ...{ GranteePrincipal: opener.arn, Operations: ['Decapsulate', 'GetPublicKey'] },
    });
    await expectHalves(KeyId, maker, opener);
    await opener.kms.send(new GetPublicKeyCommand({ KeyId }));
  });

  it('know no encryption context, and no operations of other keys', async () => {
    const KeyId = await newKey();
    const GranteePrincipal = `arn:aws:iam::${ACCOUNT_ID}:root`;
    const Constraints = { EncryptionContextSubset: { a: 'b' } };
    await expect(grant(KeyId, { GranteePrincipal, Constraints })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    for (const operation of ['Encrypt', 'Decrypt', 'Sign', 'DeriveSharedSecret'] as const) {
      const wrong = grant(KeyId, { GranteePrincipal, Operations: ['Encapsulate', operation] });
      await expect(wrong).rejects.toMatchObject({ name: 'ValidationException' });
    }
  });
});

describe('policies', () => {
  it('name the actions, and the algorithm as a condition', async () => {
    const KeyId = await newKey();
    const maker = await newUser(strongroom, root, 'policy-maker');
    const opener = await newUser(strongroom, root, 'policy-opener');
    const named = (algorithm: string) => ({
      Condition: { StringEquals: { 'kms:EncapsulationAlgorithm': algorithm } },
    });
    const put = (UserName: string, Action: string, algorithm: string) =>
      root.iam.send(
        new PutUserPolicyCommand({
          ...{ UserName, PolicyName: 'p' },
          PolicyDocument: allow(Action, KeyId, named(algorithm)),
        }),
      );
    await put('policy-maker', 'kms:Encapsulate', 'another');
    await expect(encapsulate(maker, KeyId)).rejects.toMatchObject(DENIED);
    await put('policy-maker', 'kms:Encapsulate', 'ML_KEM');
    await put('policy-opener', 'kms:Decapsulate', 'ML_KEM');
    await expectHalves(KeyId, maker, opener);
  });

  it('that deny the algorithm deny both', async () => {
    const KeyId = await newKey();
    const statements = (algorithm: string) => [
      { Effect: 'Allow', Principal: { AWS: ACCOUNT_ID }, Action: 'kms:*', Resource: '*' },
      {
        ...{ Effect: 'Deny', Principal: '*', Action: ACTIONS, Resource: '*' },
        Condition: { StringEquals: { 'kms:EncapsulationAlgorithm': algorithm } },
      },
    ];
    const put = (algorithm: string) =>
      root.kms.send(new PutKeyPolicyCommand({ KeyId, Policy: document(...statements(algorithm)) }));
    await put('ML_KEM');
    await expect(encapsulate(root, KeyId)).rejects.toMatchObject(DENIED);
    await expect(decapsulate(root, KeyId, anyBlob)).rejects.toMatchObject(DENIED);
    await put('another');
    await decapsulate(root, KeyId, anyBlob);
  });

  it('let another account in, by the key’s ARN and its own policies', async () => {
    const KeyId = await newKey();
    await expect(encapsulate(other, KeyId)).rejects.toMatchObject(DENIED);
    const statement = (account: string, Action: string | readonly string[]) => ({
      ...{ Effect: 'Allow', Principal: { AWS: account }, Action, Resource: '*' },
    });
    const Policy = document(statement(ACCOUNT_ID, 'kms:*'), statement(OTHER, ['kms:Encapsulate']));
    await root.kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
    const { SharedSecret, SharedSecretCiphertextBlob } = await encapsulate(other, KeyId);
    const opened = await decapsulate(root, KeyId, SharedSecretCiphertextBlob ?? anyBlob);
    expect(opened.SharedSecret).toEqual(SharedSecret);
    await expect(decapsulate(other, KeyId, anyBlob)).rejects.toMatchObject(DENIED);
  });

  it('are simulated', async () => {
    const KeyId = await newKey();
    const user = await newUser(strongroom, root, 'simulated');
    await root.iam.send(
      new PutUserPolicyCommand({
        ...{ UserName: 'simulated', PolicyName: 'p' },
        PolicyDocument: document(
          { Effect: 'Allow', Action: ACTIONS, Resource: KeyId },
          { Sid: 'stop', Effect: 'Deny', Action: 'kms:Decapsulate', Resource: '*' },
        ),
      }),
    );
    const { EvaluationResults } = await root.iam.send(
      new SimulatePrincipalPolicyCommand({
        ...{ PolicySourceArn: user.arn, ActionNames: ACTIONS, ResourceArns: [KeyId] },
      }),
    );
    const decisions = EvaluationResults?.map(({ EvalDecision }) => EvalDecision);
    expect(decisions).toEqual(['allowed', 'explicitDeny']);
    const cli = (action: string) =>
      strongroom.cli(
        ...['policy', 'simulate', '--principal', user.arn, '--action', action],
        ...['--resource', KeyId, '--json'],
      );
    expect((await cli('kms:Encapsulate')).code).toBe(0);
    expect((await cli('kms:Decapsulate')).code).not.toBe(0);
  });
});
