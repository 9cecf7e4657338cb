/** Whom a user federates, who then acts within the user's policies and the session's. */
import {
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetUserCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateGrantCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  EncryptCommand,
  ListKeysCommand,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  type GetFederationTokenCommandInput,
  GetSessionTokenCommand,
} from '@aws-sdk/client-sts';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditRecords } from '../../../support/audit-records.js';
import {
  allow,
  type Clients,
  clientsOf,
  document,
  newUser,
  temporary,
} from '../../../support/principals.js';
import { sharedServer } from '../../../support/shared-server.js';
import { ACCOUNT_ID, type Strongroom } from '../../../support/strongroom.js';

const Plaintext = Buffer.from('not for everybody');
const arnOf = (name: string) => `arn:aws:sts::${ACCOUNT_ID}:federated-user/${name}`;
const ROOT = `arn:aws:iam::${ACCOUNT_ID}:root`;
const to = (AWS: string, Action: unknown = 'kms:*') => ({
  ...{ Effect: 'Allow', Principal: { AWS }, Action, Resource: '*' },
});

let strongroom: Strongroom;
let root: Clients;
let broker: Awaited<ReturnType<typeof newUser>>;
beforeAll(async () => {
  ({ strongroom } = sharedServer());
  root = clientsOf(strongroom, await strongroom.credentials());
  broker = await brokerNamed('Broker');
});

/** A user who may federate and use keys. */
async function brokerNamed(UserName: string) {
  const user = await newUser(strongroom, root, UserName);
  const PolicyDocument = allow(['sts:*', 'kms:*']);
  await root.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'all', PolicyDocument }));
  return user;
}

const token = (by: Clients, input: GetFederationTokenCommandInput) =>
  by.sts.send(new GetFederationTokenCommand(input));

async function federated(by: Clients, input: GetFederationTokenCommandInput): Promise<Clients> {
  return clientsOf(strongroom, temporary((await token(by, input)).Credentials));
}

async function keyWith(...statements: readonly object[]): Promise<string> {
  const Policy = document(to(ROOT), ...statements);
  const { KeyMetadata } = await root.kms.send(new CreateKeyCommand({ Policy }));
  return KeyMetadata?.KeyId ?? '';
}

const encrypt = ({ kms }: Clients, KeyId: string) =>
  kms.send(new EncryptCommand({ KeyId, Plaintext }));
const denied = (because: string) => ({
  name: 'AccessDeniedException',
  message: expect.stringContaining(because),
});

it('is known by the name that the user gave', async () => {
  const answer = await token(broker, { Name: 'Fay', Policy: allow('kms:*') });
  const FederatedUser = { FederatedUserId: `${ACCOUNT_ID}:Fay`, Arn: arnOf('Fay') };
  expect(answer).toMatchObject({
    FederatedUser,
    PackedPolicySize: answer.SessionTokenUtilization,
    SessionTokenSize: answer.Credentials?.SessionToken?.length,
  });
  const fay = clientsOf(strongroom, temporary(answer.Credentials));
  const who = await fay.sts.send(new GetCallerIdentityCommand({}));
  expect(who).toMatchObject({
    UserId: `${ACCOUNT_ID}:Fay`,
    Account: ACCOUNT_ID,
    Arn: arnOf('Fay'),
  });
  const { $metadata } = await fay.kms.send(new ListKeysCommand({}));
  const records = await auditRecords(strongroom);
  const recordOf = (id: string | undefined) => records.find(({ requestID }) => requestID === id);
  expect(recordOf($metadata.requestId)?.userIdentity).toMatchObject({
    type: 'FederatedUser',
    principalId: `${ACCOUNT_ID}:Fay`,
    arn: arnOf('Fay'),
    accountId: ACCOUNT_ID,
    accessKeyId: answer.Credentials?.AccessKeyId,
    sessionContext: {
      sessionIssuer: {
        ...{ type: 'IAMUser', principalId: broker.id, arn: broker.arn, userName: 'Broker' },
      },
    },
  });
  expect(recordOf(answer.$metadata.requestId)).toMatchObject({
    eventName: 'GetFederationToken',
    readOnly: false,
    requestParameters: { name: 'Fay' },
    responseElements: {
      credentials: { accessKeyId: answer.Credentials?.AccessKeyId },
      federatedUser: { arn: arnOf('Fay'), federatedUserId: `${ACCOUNT_ID}:Fay` },
    },
  });
});

describe('may do', () => {
  it('what both the user and the session may', async () => {
    const KeyId = await keyWith();
    const reader = await federated(broker, { Name: 'Reader', Policy: allow('kms:Describe*') });
    await reader.kms.send(new DescribeKeyCommand({ KeyId }));
    await expect(encrypt(reader, KeyId)).rejects.toMatchObject(denied('no session policy'));
    const wide = await federated(broker, { Name: 'Wide', Policy: allow('*') });
    await encrypt(wide, KeyId);
    const nobody = await newUser(strongroom, root, 'SmallBroker');
    const PolicyDocument = allow('sts:GetFederationToken');
    await root.iam.send(
      new PutUserPolicyCommand({ UserName: 'SmallBroker', PolicyName: 'p', PolicyDocument }),
    );
    const small = await federated(nobody, { Name: 'Wide', Policy: allow('*') });
    await expect(encrypt(small, KeyId)).rejects.toMatchObject(denied('no identity-based policy'));
  });

  it('nothing without a policy, but what names it', async () => {
    const [ofAccount, ofUser, ofFay] = [
      await keyWith(),
      await keyWith(to(broker.arn, 'kms:Encrypt')),
      await keyWith(to(arnOf('Named'), 'kms:Encrypt')),
    ];
    const named = await federated(broker, { Name: 'Named' });
    for (const KeyId of [ofAccount, ofUser]) {
      await expect(encrypt(named, KeyId)).rejects.toMatchObject(denied('no session policy'));
    }
    await encrypt(named, ofFay);
    const other = await federated(broker, { Name: 'Other' });
    await expect(encrypt(other, ofFay)).rejects.toMatchObject(denied('no session policy'));
    const limited = await federated(broker, { Name: 'Other', Policy: allow('kms:Encrypt') });
    await encrypt(limited, ofUser);
  });

  it('what a grant to it gives', async () => {
    const KeyId = await keyWith();
    const granted = await federated(broker, { Name: 'Granted' });
    await expect(encrypt(granted, KeyId)).rejects.toMatchObject(denied('no session policy'));
    const GranteePrincipal = arnOf('Granted');
    await root.kms.send(
      new CreateGrantCommand({ KeyId, GranteePrincipal, Operations: ['Encrypt'] }),
    );
    await encrypt(granted, KeyId);
    const other = await federated(broker, { Name: 'granted' });
    await expect(encrypt(other, KeyId)).rejects.toMatchObject(denied('no session policy'));
  });

  it('nothing of IAM, and of STS little', async () => {
    const wide = await federated(broker, { Name: 'Wide', Policy: allow('*') });
    await expect(wide.iam.send(new GetUserCommand({ UserName: 'Broker' }))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
    const RoleArn = `arn:aws:iam::${ACCOUNT_ID}:role/any`;
    for (const command of [
      new GetSessionTokenCommand({}),
      new GetFederationTokenCommand({ Name: 'Wide' }),
      new AssumeRoleCommand({ RoleArn, RoleSessionName: 'here' }),
    ]) {
      await expect(wide.sts.send(command as GetSessionTokenCommand)).rejects.toMatchObject({
        name: 'AccessDenied',
        message: expect.stringMatching(/^Cannot call \w+ with session credentials$/),
      });
    }
  });
});

describe('is made', () => {
  it('by whom a policy lets, under the names that it lets', async () => {
    const UserName = 'NarrowBroker';
    const narrow = await newUser(strongroom, root, UserName);
    await expect(token(narrow, { Name: 'ci-job' })).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(
        `sts:GetFederationToken on resource: ${arnOf('ci-job')} because no identity-based policy`,
      ),
    });
    const PolicyDocument = allow('sts:GetFederationToken', arnOf('ci-*'));
    await root.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }));
    await token(narrow, { Name: 'ci-job' });
    await expect(token(narrow, { Name: 'job' })).rejects.toMatchObject({ name: 'AccessDenied' });
    const Tags = [{ Key: 'Team', Value: 'blue' }];
    await expect(token(narrow, { Name: 'ci-job', Tags })).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('sts:TagSession'),
    });
  });

  it('with tags that conditions see', async () => {
    const when = { Condition: { StringEquals: { 'aws:PrincipalTag/team': 'blue' } } };
    const KeyId = await keyWith({ ...to(arnOf('Tagged')), ...when });
    const tagged = (Value: string) =>
      federated(broker, { Name: 'Tagged', Tags: [{ Key: 'Team', Value }] });
    await encrypt(await tagged('blue'), KeyId);
    await expect(encrypt(await tagged('red'), KeyId)).rejects.toMatchObject(denied('no session'));
  });

  it('by the root user, for an hour, within the policy alone', async () => {
    const KeyId = await keyWith();
    const answer = await token(root, { Name: 'Deputy', Policy: allow('kms:Encrypt') });
    const seconds = ((answer.Credentials?.Expiration?.getTime() ?? 0) - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(3500);
    expect(seconds).toBeLessThanOrEqual(3600);
    const deputy = clientsOf(strongroom, temporary(answer.Credentials));
    await encrypt(deputy, KeyId);
    await expect(deputy.kms.send(new DescribeKeyCommand({ KeyId }))).rejects.toMatchObject(
      denied('no session policy'),
    );
  });

  it.each([
    { what: 'a name of one character', input: { Name: 'F' }, code: 'ValidationError' },
    { what: 'a long name', input: { Name: 'F'.repeat(33) }, code: 'ValidationError' },
    { what: 'a name with a slash', input: { Name: 'a/b' }, code: 'ValidationError' },
    {
      what: 'a day and a half and a second',
      input: { Name: 'Fay', DurationSeconds: 129_601 },
      code: 'ValidationError',
    },
    {
      what: 'no policy document',
      input: { Name: 'Fay', Policy: '{}' },
      code: 'MalformedPolicyDocumentException',
    },
    {
      what: 'a policy that is not there',
      input: { Name: 'Fay', PolicyArns: [{ arn: `arn:aws:iam::${ACCOUNT_ID}:policy/none` }] },
      code: 'ValidationError',
    },
  ])('not with $what', async ({ input, code }) => {
    await expect(token(broker, input)).rejects.toMatchObject({ name: code });
  });
});

it('ends with its user', async () => {
  const UserName = 'LeavingBroker';
  const leaving = await brokerNamed(UserName);
  const left = await federated(leaving, { Name: 'Left', Policy: allow('kms:*') });
  await left.kms.send(new ListKeysCommand({}));
  const { accessKeyId: AccessKeyId } = leaving.credentials;
  await root.iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  await root.iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'all' }));
  await root.iam.send(new DeleteUserCommand({ UserName }));
  await expect(left.kms.send(new ListKeysCommand({}))).rejects.toMatchObject({
    name: 'UnrecognizedClientException',
  });
});

it('is named in key policies, whoever it will be, in an account that is here', async () => {
  const KeyId = await keyWith();
  const put = (AWS: string) =>
    root.kms.send(
      new PutKeyPolicyCommand({
        KeyId,
        PolicyName: 'default',
        Policy: document(to(ROOT), to(AWS)),
      }),
    );
  await put(arnOf('not.yet'));
  await expect(put('arn:aws:sts::999999999999:federated-user/Fay')).rejects.toMatchObject({
    name: 'MalformedPolicyDocumentException',
  });
});
