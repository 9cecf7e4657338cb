/** The record of what was issued names it, so that a session's calls can be joined to the call that made it. */
import {
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
} from '@aws-sdk/client-iam';
import { ListKeysCommand } from '@aws-sdk/client-kms';
import { AssumeRoleCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditRecords } from '../support/audit-records.js';
import {
  allow,
  type Clients,
  clientsOf,
  document,
  newUser,
  temporary,
} from '../support/principals.js';
import { ACCOUNT_ID, Strongroom } from '../support/strongroom.js';

let strongroom: Strongroom;
let root: Clients;
beforeAll(async () => {
  strongroom = await Strongroom.start();
  root = clientsOf(strongroom, await strongroom.credentials());
});
afterAll(() => strongroom?.dispose());

const iamArn = (rest: string) => `arn:aws:iam::${ACCOUNT_ID}:${rest}`;
const recordsOf = async (eventName: string) =>
  (await auditRecords(strongroom)).filter((record) => record.eventName === eventName);
const DATE = expect.stringMatching(/^[A-Z][a-z]{2} \d{1,2}, \d{4}, /);

it('a session is joined to the call that made it, and to its role', async () => {
  const alice = await newUser(strongroom, root, 'alice');
  const trust = document({
    ...{ Effect: 'Allow', Principal: { AWS: alice.arn }, Action: 'sts:AssumeRole' },
  });
  await root.iam.send(new CreateRoleCommand({ RoleName: 'Job', AssumeRolePolicyDocument: trust }));
  const RoleArn = iamArn('role/Job');
  const { Credentials } = await alice.sts.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'here' }),
  );
  const used = clientsOf(strongroom, temporary(Credentials));
  await used.kms.send(new ListKeysCommand({})).catch(() => undefined);
  const [issuance] = await recordsOf('AssumeRole');
  expect(issuance).toMatchObject({
    userIdentity: { userName: 'alice' },
    responseElements: {
      credentials: { accessKeyId: Credentials?.AccessKeyId, expiration: DATE },
      assumedRoleUser: { arn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/Job/here` },
    },
    resources: [{ accountId: ACCOUNT_ID, type: 'AWS::IAM::Role', ARN: RoleArn }],
  });
  const [use] = await recordsOf('ListKeys');
  expect(use?.userIdentity).toMatchObject({ accessKeyId: Credentials?.AccessKeyId });
  const { Credentials: own } = await alice.sts.send(new GetSessionTokenCommand({}));
  expect(await recordsOf('GetSessionToken')).toMatchObject([
    { responseElements: { credentials: { accessKeyId: own?.AccessKeyId, expiration: DATE } } },
  ]);
});

it('what IAM makes is named, and what it is about', async () => {
  const UserName = 'bob';
  await root.iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await root.iam.send(new CreateAccessKeyCommand({ UserName }));
  const user = { type: 'AWS::IAM::User', ARN: iamArn('user/bob') };
  expect((await recordsOf('CreateAccessKey')).at(-1)).toMatchObject({
    responseElements: {
      accessKey: { accessKeyId: AccessKey?.AccessKeyId, userName: UserName, status: 'Active' },
    },
    resources: [user],
  });
  const { Policy } = await root.iam.send(
    new CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: allow('kms:*') }),
  );
  const PolicyArn = Policy?.Arn ?? '';
  await root.iam.send(
    new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allow('kms:List*') }),
  );
  expect(await recordsOf('CreatePolicyVersion')).toMatchObject([
    {
      responseElements: { policyVersion: { versionId: 'v2', isDefaultVersion: false } },
      resources: [{ type: 'AWS::IAM::ManagedPolicy', ARN: PolicyArn }],
    },
  ]);
  const { VirtualMFADevice } = await root.iam.send(
    new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone' }),
  );
  expect(await recordsOf('CreateVirtualMFADevice')).toMatchObject([
    {
      responseElements: { virtualMFADevice: { serialNumber: iamArn('mfa/phone') } },
      resources: [{ type: 'AWS::IAM::VirtualMFADevice', ARN: iamArn('mfa/phone') }],
    },
  ]);
  const text = JSON.stringify(await auditRecords(strongroom));
  const seed = Buffer.from(VirtualMFADevice?.Base32StringSeed ?? []).toString();
  for (const secret of [AccessKey?.SecretAccessKey, seed]) {
    expect(secret).toBeTruthy();
    expect(text).not.toContain(secret);
  }
});
