/** Credentials of the same session that may do less, or end sooner, and never more or later. */
import { createSecretKey, randomBytes } from 'node:crypto';
import { CreateRoleCommand, PutRolePolicyCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateGrantCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  EncryptCommand,
  ListKeysCommand,
} from '@aws-sdk/client-kms';
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetScopedCredentialsCommand,
  type GetScopedCredentialsCommandInput,
  GetSessionTokenCommand,
} from '@aws-sdk/client-sts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../../../src/authz/model.js';
import {
  type SessionClaims,
  SessionTokens,
} from '../../../../src/services/iam/credentials/session-token.js';
import { sessionPrincipal } from '../../../../src/services/iam/directory/session-principal.js';
import { getScopedCredentials } from '../../../../src/services/iam/sts/get-scoped-credentials.js';
import { auditRecords } from '../../../support/audit-records.js';
import {
  allow,
  type Clients,
  clientsOf,
  document,
  newUser,
  temporary,
} from '../../../support/principals.js';
import { ACCOUNT, rootUser } from '../../../support/sample-principal.js';
import { sharedServer } from '../../../support/shared-server.js';
import { ACCOUNT_ID, type Strongroom } from '../../../support/strongroom.js';

const Plaintext = Buffer.from('not for everybody');
const RoleName = 'Scoped';
const ROLE = `arn:aws:iam::${ACCOUNT_ID}:role/${RoleName}`;
const SESSION = `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${RoleName}/worker`;
const ROOT = `arn:aws:iam::${ACCOUNT_ID}:root`;

let strongroom: Strongroom;
let root: Clients;
let alice: Awaited<ReturnType<typeof newUser>>;
let KeyId: string;
beforeAll(async () => {
  ({ strongroom } = sharedServer());
  root = clientsOf(strongroom, await strongroom.credentials());
  alice = await newUser(strongroom, root, 'ScopedAlice');
  const PolicyDocument = allow(['kms:*', 'sts:*']);
  await root.iam.send(
    new PutUserPolicyCommand({ UserName: 'ScopedAlice', PolicyName: 'p', PolicyDocument }),
  );
  const Action = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];
  const roleFor = (name: string, AWS: string) =>
    root.iam.send(
      new CreateRoleCommand({
        RoleName: name,
        AssumeRolePolicyDocument: document({ Effect: 'Allow', Principal: { AWS }, Action }),
      }),
    );
  await roleFor(RoleName, alice.arn);
  await roleFor('ScopedNext', SESSION);
  await root.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument }));
  const Policy = document(
    { Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:*', Resource: '*' },
    // Whom a key policy names so is limited by neither boundary nor session policy.
    { Effect: 'Allow', Principal: { AWS: SESSION }, Action: 'kms:*', Resource: '*' },
  );
  const { KeyMetadata } = await root.kms.send(new CreateKeyCommand({ Policy }));
  KeyId = KeyMetadata?.KeyId ?? '';
});

async function worker(more: object = {}): Promise<Clients> {
  const { Credentials } = await alice.sts.send(
    new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'worker', ...more }),
  );
  return clientsOf(strongroom, temporary(Credentials));
}

const scope = (by: Clients, input: GetScopedCredentialsCommandInput) =>
  by.sts.send(new GetScopedCredentialsCommand(input));

async function scoped(by: Clients, input: GetScopedCredentialsCommandInput): Promise<Clients> {
  return clientsOf(strongroom, temporary((await scope(by, input)).Credentials));
}

const encrypt = ({ kms }: Clients) => kms.send(new EncryptCommand({ KeyId, Plaintext }));
const describeKey = ({ kms }: Clients) => kms.send(new DescribeKeyCommand({ KeyId }));
const OUT_OF_SCOPE = {
  name: 'AccessDeniedException',
  message: expect.stringContaining('because no session policy allows the kms:'),
};

it('are of the same session, for less', async () => {
  const whole = await worker({
    SourceIdentity: 'alice',
    Tags: [{ Key: 'Team', Value: 'blue' }],
  });
  const Policy = allow('kms:DescribeKey', '*', {
    Condition: {
      StringEquals: { 'aws:PrincipalTag/Team': 'blue', 'aws:SourceIdentity': 'alice' },
    },
  });
  const ScopedSessionDescription = 'one action for one minute';
  const answer = await scope(whole, { Policy, DurationSeconds: 60, ScopedSessionDescription });
  const who = await whole.sts.send(new GetCallerIdentityCommand({}));
  expect(answer).toMatchObject({
    SessionInfo: { ScopedSessionId: who.UserId, Arn: SESSION },
    ScopedPoliciesCount: 1,
    SourceIdentity: 'alice',
    SessionTokenSize: answer.Credentials?.SessionToken?.length,
  });
  expect(answer).not.toHaveProperty('PackedPolicySize');
  const seconds = ((answer.Credentials?.Expiration?.getTime() ?? 0) - Date.now()) / 1000;
  expect(seconds).toBeGreaterThan(50);
  expect(seconds).toBeLessThanOrEqual(60);
  const narrow = clientsOf(strongroom, temporary(answer.Credentials));
  expect(await narrow.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    ...{ UserId: who.UserId, Account: who.Account, Arn: SESSION },
  });
  await describeKey(narrow);
  await expect(encrypt(narrow)).rejects.toMatchObject(OUT_OF_SCOPE);
  await encrypt(whole);
  const record = (await auditRecords(strongroom)).find(
    ({ requestID }) => requestID === answer.$metadata.requestId,
  );
  expect(record).toMatchObject({
    eventName: 'GetScopedCredentials',
    userIdentity: { arn: SESSION },
    requestParameters: {
      durationSeconds: 60,
      scopedSessionDescription: ScopedSessionDescription,
      policy: Policy,
    },
    responseElements: {
      credentials: { accessKeyId: answer.Credentials?.AccessKeyId },
      sessionInfo: { arn: SESSION },
      scopedPoliciesCount: 1,
    },
  });
  expect(JSON.stringify(record)).not.toContain(answer.Credentials?.SecretAccessKey);
});

describe('never are for more', () => {
  it('than the session was', async () => {
    const reader = await worker({ Policy: allow('kms:List*') });
    const wide = await scoped(reader, { Policy: allow('*') });
    await wide.kms.send(new ListKeysCommand({}));
    await expect(
      wide.iam.send(new CreateRoleCommand({ RoleName: 'x', AssumeRolePolicyDocument: '{}' })),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('than each policy lets through, one after the other', async () => {
    const first = await scoped(await worker(), { Policy: allow(['kms:DescribeKey', 'kms:List*']) });
    const second = await scoped(first, { Policy: allow(['kms:*']) });
    await describeKey(second);
    await expect(encrypt(second)).rejects.toMatchObject(OUT_OF_SCOPE);
    const third = await scoped(second, { Policy: allow(['kms:List*', 'kms:Encrypt']) });
    await third.kms.send(new ListKeysCommand({}));
    for (const refused of [encrypt(third), describeKey(third)]) {
      await expect(refused).rejects.toMatchObject(OUT_OF_SCOPE);
    }
  });

  it('by a grant, by another role, or by the operation itself', async () => {
    const narrow = await scoped(await worker(), { Policy: allow('kms:DescribeKey') });
    await root.kms.send(
      new CreateGrantCommand({ KeyId, GranteePrincipal: SESSION, Operations: ['Encrypt'] }),
    );
    await expect(encrypt(narrow)).rejects.toMatchObject(OUT_OF_SCOPE);
    const assume = new AssumeRoleCommand({ RoleArn: `${ROLE}Next`, RoleSessionName: 'next' });
    await (await worker()).sts.send(assume);
    await expect(narrow.sts.send(assume)).rejects.toMatchObject({ name: 'AccessDenied' });
    const wider = await scoped(narrow, { Policy: allow('*') });
    await expect(encrypt(wider)).rejects.toMatchObject(OUT_OF_SCOPE);
    await expect(wider.sts.send(assume)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('of a user with GetSessionToken, of whom a user has federated, and of the root user', async () => {
    const session = async (by: Clients) =>
      clientsOf(
        strongroom,
        temporary((await by.sts.send(new GetSessionTokenCommand({}))).Credentials),
      );
    const federation = new GetFederationTokenCommand({ Name: 'Fay', Policy: allow('kms:*') });
    const { Credentials } = await alice.sts.send(federation);
    for (const whole of [
      await session(alice),
      clientsOf(strongroom, temporary(Credentials)),
      await session(root),
    ]) {
      await encrypt(whole);
      const narrow = await scoped(whole, { Policy: allow('kms:DescribeKey') });
      await describeKey(narrow);
      await expect(encrypt(narrow)).rejects.toMatchObject(OUT_OF_SCOPE);
    }
  });
});

it('have three layers of policies at most, however often they are made', async () => {
  let narrow = await worker();
  for (const count of [1, 2, 3]) {
    const answer = await scope(narrow, { Policy: allow('kms:*') });
    expect(answer.ScopedPoliciesCount).toBe(count);
    narrow = clientsOf(strongroom, temporary(answer.Credentials));
    const shorter = await scope(narrow, { DurationSeconds: 600 });
    expect(shorter.ScopedPoliciesCount).toBe(count);
  }
  await expect(scope(narrow, { Policy: allow('kms:*') })).rejects.toMatchObject({
    name: 'AccessDenied',
    message: 'The session has 3 scope down policies already, which is the maximum.',
  });
  const shorter = await scoped(narrow, { DurationSeconds: 60 });
  await encrypt(shorter);
  await expect(scope(shorter, { Policy: allow('kms:*') })).rejects.toMatchObject({
    name: 'AccessDenied',
  });
});

describe('are refused', () => {
  it.each([
    { what: 'neither policy nor duration', input: {}, name: 'ValidationError' },
    {
      what: 'no more than a description',
      input: { ScopedSessionDescription: 'why' },
      name: 'ValidationError',
    },
    { what: 'no time', input: { DurationSeconds: 0 }, name: 'ValidationError' },
    {
      what: 'more than the session has left',
      input: { DurationSeconds: 3601 },
      name: 'InsufficientSessionLifetimeException',
    },
    {
      what: 'more than any session has',
      input: { DurationSeconds: 129_601 },
      name: 'ValidationError',
    },
    {
      what: 'a policy that is none',
      input: { Policy: '{"Statement":' },
      name: 'MalformedPolicyDocumentException',
    },
    {
      what: 'a long policy',
      input: { Policy: allow('kms:*'.padEnd(2048)) },
      name: 'ValidationError',
    },
    {
      what: 'a policy that does not fit',
      input: { Policy: allow('kms:*', `arn:aws:s3:::${randomBytes(900).toString('hex')}`) },
      tags: 10,
      name: 'PackedPolicyTooLargeException',
    },
  ])('for $what', async ({ input, name, tags = 0 }) => {
    const Tags = Array.from({ length: tags }, (_, index) => ({
      Key: `noise${index}`,
      Value: randomBytes(192).toString('base64url').replaceAll('_', '-'),
    }));
    await expect(scope(await worker({ Tags }), input)).rejects.toMatchObject({ name });
  });

  it('to long-term credentials', async () => {
    for (const by of [alice, root]) {
      await expect(scope(by, { DurationSeconds: 60 })).rejects.toMatchObject({
        name: 'InvalidSubjectCredentialsException',
      });
    }
  });

  it('to a session that was revoked, by a Deny on older ones', async () => {
    const UserName = 'ScopedRevoked';
    const user = await newUser(strongroom, root, UserName);
    const { Credentials } = await user.sts.send(new GetSessionTokenCommand({}));
    const session = clientsOf(strongroom, temporary(Credentials));
    const narrow = await scoped(session, { DurationSeconds: 600 });
    const until = new Date(Date.now() + 60_000).toISOString();
    const PolicyDocument = document({
      ...{ Effect: 'Deny', Action: '*', Resource: '*' },
      Condition: { DateLessThan: { 'aws:TokenIssueTime': until } },
    });
    await root.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }));
    for (const revoked of [session, narrow]) {
      await expect(scope(revoked, { DurationSeconds: 60 })).rejects.toMatchObject({
        name: 'AccessDenied',
        message: expect.stringContaining('with an explicit deny in an identity-based policy'),
      });
    }
  });
});

describe('what the token says', () => {
  const tokens = new SessionTokens({ key: createSecretKey(randomBytes(32)), randomBytes });
  const claims: SessionClaims = {
    ...{ principal: 'root', accountId: ACCOUNT, issuedAt: 1000, expiresAt: 901_000, mfaAt: 2000 },
  };
  const caller: Caller = { ...rootUser(), accessKeyId: '' };

  /** At this moment, by whoever has these claims. */
  async function narrowed(from: SessionClaims, input: object, now: number) {
    const { accessKeyId, sessionToken } = tokens.issue(from);
    const principal = sessionPrincipal(from, caller, undefined, 'aws');
    const facts = { principal, region: 'us-east-1', now, http: { sourceIp: '', secure: true } };
    const scope = { partition: 'aws', region: 'us-east-1', accountId: ACCOUNT };
    const call = { input, caller: { ...principal, accessKeyId }, sessionToken, scope, facts };
    const answer = await getScopedCredentials.run(
      { ...call, decisions: [], about: [], requestId: '', deadline: 0 },
      { sessionTokens: tokens, wallClock: () => now } as never,
    );
    const { AccessKeyId, SessionToken } = Object(answer.Credentials);
    return tokens.open(AccessKeyId, SessionToken)?.claims;
  }

  it('is when the session was made, so that what revokes it revokes them', async () => {
    const made = await narrowed(claims, { DurationSeconds: 60 }, 500_000);
    expect(made).toEqual({ ...claims, expiresAt: 560_000 });
    expect(await narrowed(claims, { Policy: allow('kms:*') }, 500_000)).toEqual({
      ...claims,
      scopeDown: [allow('kms:*')],
    });
  });

  it('is its end, and no millisecond later', async () => {
    const last = await narrowed(claims, { DurationSeconds: 1 }, 900_000);
    expect(last?.expiresAt).toBe(901_000);
    await expect(narrowed(claims, { DurationSeconds: 1 }, 900_001)).rejects.toMatchObject({
      code: 'InsufficientSessionLifetime',
    });
  });

  it('binds in a service’s hands, too', () => {
    const via = { serviceName: 'backup.example.com' };
    const forwarded = { ...claims, scopeDown: [allow('kms:List*')], via };
    expect(sessionPrincipal(forwarded, caller, undefined, 'aws').policies.scopeDown).toHaveLength(
      1,
    );
  });
});
