import {
  AddUserToGroupCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  EnableMFADeviceCommand,
  GetRoleCommand,
  GetUserCommand,
  type IAMClient,
  ListAccessKeysCommand,
  ListGroupsCommand,
  ListOpenIDConnectProvidersCommand,
  ListRolesCommand,
  ListUsersCommand,
  ListVirtualMFADevicesCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  SimulatePrincipalPolicyCommand,
  UpdateAccessKeyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  ListGrantsCommand,
  ListRetirableGrantsCommand,
  PutKeyPolicyCommand,
  RetireGrantCommand,
  RevokeGrantCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditRecords } from '../support/audit-records.js';
import { Issuer } from '../support/issuer.js';
import {
  allow,
  type Clients,
  callSts,
  clientsOf,
  codeOf,
  credentialsIn,
  document,
  newUser,
  temporary,
} from '../support/principals.js';
import { ACCOUNT_ID, Strongroom } from '../support/strongroom.js';

const OTHER = '444455556666';
const SERVICE = 'backup.example.com';
const ROOT_ARN = `arn:aws:iam::${ACCOUNT_ID}:root`;
const Plaintext = Buffer.from('not for everybody');

let strongroom: Strongroom;
let root: Clients;
let KeyId: string;
let arn: string;

beforeAll(async () => {
  const oidc = { networks: ['127.0.0.0/8'] };
  const yaml = { accounts: [OTHER], services: { [SERVICE]: 'all' }, oidc };
  strongroom = await Strongroom.start({ yaml });
  root = clientsOf(strongroom, await strongroom.credentials());
  const { KeyMetadata } = await root.kms.send(new CreateKeyCommand({}));
  KeyId = KeyMetadata?.KeyId ?? '';
  arn = KeyMetadata?.Arn ?? '';
});
afterAll(() => strongroom?.dispose());

const newKey = async () => {
  const { KeyMetadata } = await root.kms.send(new CreateKeyCommand({}));
  return { KeyId: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' };
};
const denied = (caller: string, action: string, reason: string, resource = arn) => ({
  name: 'AccessDeniedException',
  message: `User: ${caller} is not authorized to perform: ${action} on resource: ${resource} ${reason}`,
});
const noIdentity = (action: string) =>
  `because no identity-based policy allows the ${action} action`;
const encrypt = (KeyId: string) => new EncryptCommand({ KeyId, Plaintext });
const describeKey = (id: string, GrantTokens?: string[]) =>
  new DescribeKeyCommand({ KeyId: id, GrantTokens });

describe('users, groups and their policies', () => {
  it('decide what a user may do', async () => {
    const alice = await newUser(strongroom, root, 'alice');
    const identity = await alice.sts.send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({ UserId: alice.id, Account: ACCOUNT_ID, Arn: alice.arn });
    await expect(alice.kms.send(encrypt(KeyId))).rejects.toMatchObject(
      denied(alice.arn, 'kms:Encrypt', noIdentity('kms:Encrypt')),
    );
    const UserName = 'alice';
    await root.iam.send(
      new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: allow('kms:Encrypt') }),
    );
    await alice.kms.send(encrypt(KeyId));
    const GroupName = 'Denied';
    await root.iam.send(new CreateGroupCommand({ GroupName }));
    const PolicyDocument = document({
      Sid: 'stop',
      Effect: 'Deny',
      Action: 'kms:*',
      Resource: '*',
    });
    await root.iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName: 'd', PolicyDocument }));
    await root.iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
    await expect(alice.kms.send(encrypt(KeyId))).rejects.toMatchObject(
      denied(alice.arn, 'kms:Encrypt', 'with an explicit deny in an identity-based policy'),
    );
    const refused = (await auditRecords(strongroom)).at(-1);
    expect(refused).toMatchObject({
      userIdentity: { type: 'IAMUser', userName: 'alice', principalId: alice.id },
      errorCode: 'AccessDenied',
      additionalEventData: {
        authorization: [
          {
            decision: 'explicitDeny',
            statements: [{ policy: `arn:aws:iam::${ACCOUNT_ID}:group/Denied/d`, sid: 'stop' }],
          },
        ],
      },
    });
  });

  it('may not do what nobody allowed, in IAM either', async () => {
    const nobody = await newUser(strongroom, root, 'nobody');
    await expect(nobody.iam.send(new GetUserCommand({ UserName: 'alice' }))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User: ${nobody.arn} is not authorized to perform: iam:GetUser on resource: arn:aws:iam::${ACCOUNT_ID}:user/alice ${noIdentity('iam:GetUser')}`,
    });
    const AccessKeyId = nobody.credentials.accessKeyId;
    const off = { UserName: 'nobody', AccessKeyId, Status: 'Inactive' } as const;
    await root.iam.send(new UpdateAccessKeyCommand(off));
    await expect(nobody.sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
    await expect(nobody.kms.send(encrypt(KeyId))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
    await expect(
      root.iam.send(new DeleteUserCommand({ UserName: 'nobody' })),
    ).rejects.toMatchObject({
      name: 'DeleteConflictException',
      message: 'Cannot delete entity, must delete access keys first.',
    });
  });

  it('are simulated with the statement that decides', async () => {
    const { EvaluationResults } = await root.iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: `arn:aws:iam::${ACCOUNT_ID}:user/alice`,
        ActionNames: ['kms:Encrypt', 's3:GetObject'],
      }),
    );
    expect(EvaluationResults).toMatchObject([
      { EvalActionName: 'kms:Encrypt', EvalDecision: 'explicitDeny' },
      { EvalActionName: 's3:GetObject', EvalDecision: 'implicitDeny' },
    ]);
    const ids = EvaluationResults?.[0]?.MatchedStatements?.map(
      ({ SourcePolicyId }) => SourcePolicyId,
    );
    expect(ids).toContain(`arn:aws:iam::${ACCOUNT_ID}:group/Denied/d#stop`);
  });

  const simulated = async (PolicySourceArn: string, action: string, by = root, more = {}) => {
    const { EvaluationResults: [result] = [] } = await by.iam.send(
      new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames: [action], ...more }),
    );
    return result?.EvalDecision;
  };
  const iamArn = (rest: string) => `arn:aws:iam::${ACCOUNT_ID}:${rest}`;

  it('are simulated of a group', async () => {
    expect(await simulated(iamArn('group/Denied'), 'kms:Encrypt')).toBe('explicitDeny');
    expect(await simulated(iamArn('group/nobody'), 'kms:Encrypt').catch(Object)).toMatchObject({
      name: 'NoSuchEntityException',
    });
  });

  it('are simulated of who has the name, and authorized on its own ARN', async () => {
    const UserName = 'Simulated';
    await root.iam.send(new CreateUserCommand({ UserName, Path: '/team/' }));
    const simulator = await newUser(strongroom, root, 'simulator');
    await root.iam.send(
      new PutUserPolicyCommand({
        ...{ UserName: 'simulator', PolicyName: 'p' },
        PolicyDocument: document({
          Effect: 'Allow',
          Action: 'iam:SimulatePrincipalPolicy',
          Resource: iamArn('user/team/Simulated'),
        }),
      }),
    );
    for (const named of ['user/team/Simulated', 'user/other/Simulated', 'user/SIMULATED']) {
      expect(await simulated(iamArn(named), 'kms:Encrypt', simulator)).toBe('implicitDeny');
    }
    const denied = simulated(iamArn('user/team/simulator'), 'kms:Encrypt', simulator);
    await expect(denied).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('are simulated on what the server asks for of the account as a whole', async () => {
    const UserName = 'lister';
    await root.iam.send(new CreateUserCommand({ UserName }));
    const allowed = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource });
    await root.iam.send(
      new PutUserPolicyCommand({
        ...{ UserName, PolicyName: 'p' },
        PolicyDocument: document(
          allowed('kms:ListKeys', `arn:aws:kms:us-east-1:${ACCOUNT_ID}:*`),
          allowed('iam:ListUsers', iamArn('user/*')),
          allowed('iam:ListRoles', iamArn('user/*')),
        ),
      }),
    );
    const arn = iamArn('user/lister');
    expect(await simulated(arn, 'kms:ListKeys')).toBe('allowed');
    expect(await simulated(arn, 'iam:ListUsers')).toBe('allowed');
    expect(await simulated(arn, 'iam:ListRoles')).toBe('implicitDeny');
    const cli = (action: string) =>
      strongroom.cli('policy', 'simulate', '--principal', arn, '--action', action);
    expect(await cli('kms:ListKeys')).toMatchObject({ code: 0 });
    expect(await cli('iam:ListRoles')).toMatchObject({ code: 1 });
  });

  it('are simulated with the tags, boundary and trust of what is stored', async () => {
    const caller = await newUser(strongroom, root, 'target-simulator');
    const deny = (Action: string, key: string, value: string) => ({
      ...{ Effect: 'Deny', Action, Resource: '*' },
      Condition: { StringEquals: { [key]: value } },
    });
    const policy = await root.iam.send(
      new CreatePolicyCommand({ PolicyName: 'Bounds', PolicyDocument: allow('kms:*') }),
    );
    const PermissionsBoundary = policy.Policy?.Arn ?? '';
    await root.iam.send(
      new PutUserPolicyCommand({
        ...{ UserName: 'target-simulator', PolicyName: 'p' },
        PolicyDocument: document(
          { Effect: 'Allow', Action: ['iam:*'], Resource: '*' },
          deny('iam:DeleteRole', 'aws:ResourceTag/Env', 'prod'),
          deny('iam:UpdateAssumeRolePolicy', 'iam:PermissionsBoundary', PermissionsBoundary),
        ),
      }),
    );
    const trust = document({
      ...{ Effect: 'Allow', Principal: { AWS: caller.arn }, Action: 'sts:AssumeRole' },
    });
    await root.iam.send(
      new CreateRoleCommand({
        ...{ RoleName: 'Target', AssumeRolePolicyDocument: trust, PermissionsBoundary },
        Tags: [{ Key: 'env', Value: 'prod' }],
      }),
    );
    const codeOf = async (principal: string, action: string, resource = iamArn('role/Target')) => {
      const asked = ['--principal', principal, '--action', action, '--resource', resource];
      return (await strongroom.cli('policy', 'simulate', ...asked)).code;
    };
    expect(await codeOf(caller.arn, 'iam:DeleteRole')).toBe(1);
    expect(await codeOf(caller.arn, 'iam:DeleteRole', iamArn('role/Other'))).toBe(0);
    expect(await codeOf(caller.arn, 'iam:UpdateAssumeRolePolicy')).toBe(1);
    expect(await codeOf(caller.arn, 'iam:GetRole')).toBe(0);
    expect(await codeOf(caller.arn, 'sts:AssumeRole')).toBe(0);
    expect(await codeOf(iamArn('user/alice'), 'sts:AssumeRole')).toBe(1);
  });

  it('are simulated for the caller that is given', async () => {
    const ResourcePolicy = document({
      Effect: 'Allow',
      Principal: { AWS: iamArn('user/caller') },
      Action: 'kms:*',
      Resource: '*',
    });
    const Action = 'kms:DescribeKey';
    const more = { ResourcePolicy, ResourceArns: [arn] };
    await root.iam.send(new CreateGroupCommand({ GroupName: 'Plain' }));
    const group = iamArn('group/Plain');
    const CallerArn = iamArn('user/caller');
    expect(await simulated(group, Action, root, more)).toBe('implicitDeny');
    expect(await simulated(group, Action, root, { ...more, CallerArn })).toBe('allowed');
  });
});

describe('a list of everything of a kind is authorized on the ARNs of the kind', () => {
  it.each([
    ['ListUsers', 'user', (iam: IAMClient) => iam.send(new ListUsersCommand({}))],
    ['ListGroups', 'group', (iam: IAMClient) => iam.send(new ListGroupsCommand({}))],
    ['ListRoles', 'role', (iam: IAMClient) => iam.send(new ListRolesCommand({}))],
    [
      'ListVirtualMFADevices',
      'mfa',
      (iam: IAMClient) => iam.send(new ListVirtualMFADevicesCommand({})),
    ],
    [
      'ListOpenIDConnectProviders',
      'oidc-provider',
      (iam: IAMClient) => iam.send(new ListOpenIDConnectProvidersCommand({})),
    ],
  ])('%s: %s/*', async (action, type, list) => {
    const user = await newUser(strongroom, root, `may-${action}`);
    const put = (arnType: string) =>
      root.iam.send(
        new PutUserPolicyCommand({
          UserName: `may-${action}`,
          PolicyName: 'list',
          PolicyDocument: allow(`iam:${action}`, `arn:aws:iam::${ACCOUNT_ID}:${arnType}/*`),
        }),
      );
    await put('server-certificate');
    await expect(list(user.iam)).rejects.toMatchObject({ name: 'AccessDenied' });
    await put(type);
    await expect(list(user.iam)).resolves.toHaveProperty('$metadata');
  });
});

it('the CLI says why, by the real key policy and grants', async () => {
  const judy = await newUser(strongroom, root, 'judy');
  const simulate = (...more: string[]) =>
    strongroom.cli(
      'policy',
      'simulate',
      '--principal',
      judy.arn,
      '--action',
      'kms:Decrypt',
      ...more,
    );
  const denial = await simulate('--resource', KeyId);
  expect(denial).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^implicitDeny \(identity-based policy\)\n/),
  });
  const grant = { KeyId, GranteePrincipal: judy.arn, Operations: ['Decrypt' as const] };
  const Constraints = { EncryptionContextEquals: { Tenant: 'blue' } };
  const { GrantId } = await root.kms.send(new CreateGrantCommand({ ...grant, Constraints }));
  const context = ['--context', 'kms:EncryptionContext:Tenant=blue'];
  const allowed = await simulate('--resource', arn, ...context, '--json');
  expect(allowed.code).toBe(0);
  expect(JSON.parse(allowed.stdout)).toMatchObject({ decision: 'allowed', grantId: GrantId });
  expect(await simulate('--resource', 'alias/not-there')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is no key alias/not-there'),
  });
});

describe('key policies', () => {
  it('name users by who they were', async () => {
    const { KeyId: id, arn: keyArn } = await newKey();
    const carol = await newUser(strongroom, root, 'carol');
    const statement = (AWS: string) => ({
      Effect: 'Allow',
      Principal: { AWS },
      Action: 'kms:*',
      Resource: '*',
    });
    const policy = document(statement(ROOT_ARN), statement(carol.arn));
    await root.kms.send(new PutKeyPolicyCommand({ KeyId: id, Policy: policy }));
    await carol.kms.send(encrypt(id));
    expect((await root.kms.send(new GetKeyPolicyCommand({ KeyId: id }))).Policy).toBe(policy);
    await root.iam.send(
      new DeleteAccessKeyCommand({ UserName: 'carol', AccessKeyId: carol.credentials.accessKeyId }),
    );
    await root.iam.send(new DeleteUserCommand({ UserName: 'carol' }));
    await expect(carol.kms.send(encrypt(id))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
    const again = await newUser(strongroom, root, 'carol');
    expect(again.arn).toBe(carol.arn);
    await expect(again.kms.send(encrypt(id))).rejects.toMatchObject(
      denied(again.arn, 'kms:Encrypt', noIdentity('kms:Encrypt'), keyArn),
    );
    const { Policy } = await root.kms.send(new GetKeyPolicyCommand({ KeyId: id }));
    expect(JSON.parse(Policy ?? '').Statement[1].Principal.AWS).toBe(carol.id);
  });

  it('must name principals that exist, and leave the caller in', async () => {
    const put = (Policy: string, BypassPolicyLockoutSafetyCheck = false) =>
      root.kms.send(new PutKeyPolicyCommand({ KeyId, Policy, BypassPolicyLockoutSafetyCheck }));
    const to = (AWS: string, Action = 'kms:*') =>
      document({ Effect: 'Allow', Principal: { AWS }, Action, Resource: '*' });
    await expect(put(to(`arn:aws:iam::${ACCOUNT_ID}:user/nobody-there`))).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
      message: 'Policy contains a statement with one or more invalid principals.',
    });
    await expect(put(to(ROOT_ARN, 'kms:Encrypt'))).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
      message: 'The new key policy will not allow you to update the key policy in the future.',
    });
    const { KeyId: id } = await newKey();
    const bypass = {
      KeyId: id,
      Policy: to(ROOT_ARN, 'kms:Encrypt'),
      BypassPolicyLockoutSafetyCheck: true,
    };
    await root.kms.send(new PutKeyPolicyCommand(bypass));
    await expect(root.kms.send(describeKey(id))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringMatching(/because no resource-based policy allows the kms:DescribeKey/),
    });
  });
});

describe('grants', () => {
  it('let their grantee use the key, until they are retired or revoked', async () => {
    const { KeyId: id, arn: keyArn } = await newKey();
    const dave = await newUser(strongroom, root, 'dave');
    const wanted = {
      KeyId: id,
      GranteePrincipal: dave.arn,
      RetiringPrincipal: dave.arn,
      Operations: ['Encrypt', 'Decrypt', 'DescribeKey', 'CreateGrant'],
      Constraints: { EncryptionContextSubset: { Tenant: 'blue' } },
      Name: 'once',
    } as const;
    const make = () =>
      root.kms.send(new CreateGrantCommand({ ...wanted, Operations: [...wanted.Operations] }));
    const first = await make();
    const second = await make();
    expect(second.GrantId).toBe(first.GrantId);
    expect(second.GrantToken).not.toBe(first.GrantToken);

    const EncryptionContext = { tenant: 'blue', other: 'x' };
    const { CiphertextBlob } = await dave.kms.send(
      new EncryptCommand({
        KeyId: id,
        Plaintext,
        EncryptionContext,
        GrantTokens: [first.GrantToken ?? ''],
      }),
    );
    const opened = await dave.kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Plaintext);
    await expect(dave.kms.send(encrypt(id))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await expect(dave.kms.send(describeKey(id, ['nonsense']))).rejects.toMatchObject({
      name: 'InvalidGrantTokenException',
    });

    const { Grants } = await root.kms.send(new ListGrantsCommand({ KeyId: id }));
    expect(Grants).toMatchObject([
      {
        GrantId: first.GrantId,
        KeyId: keyArn,
        Name: 'once',
        GranteePrincipal: dave.arn,
        IssuingAccount: ROOT_ARN,
        Constraints: wanted.Constraints,
      },
    ]);
    const retirable = { RetiringPrincipal: dave.arn };
    const listed = await root.kms.send(new ListRetirableGrantsCommand(retirable));
    expect(listed.Grants).toHaveLength(1);

    // A grant on the grant gives no more than that one.
    const child = (Operations: ('Encrypt' | 'GenerateDataKey')[], Constraints?: object) =>
      dave.kms.send(
        new CreateGrantCommand({ KeyId: id, GranteePrincipal: dave.arn, Operations, Constraints }),
      );
    await expect(child(['Encrypt'])).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const strict = { EncryptionContextSubset: { Tenant: 'blue' } };
    await expect(child(['GenerateDataKey'], strict)).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    const { GrantId: childId = '' } = await child(['Encrypt'], strict);
    await root.kms.send(new RevokeGrantCommand({ KeyId: id, GrantId: childId }));
    await expect(
      root.kms.send(new RevokeGrantCommand({ KeyId: id, GrantId: childId })),
    ).rejects.toMatchObject({ name: 'NotFoundException' });

    const alice = clientsOf(strongroom, (await newUser(strongroom, root, 'erin')).credentials);
    const retire = new RetireGrantCommand({ GrantToken: first.GrantToken });
    await expect(alice.kms.send(retire)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await dave.kms.send(retire);
    await expect(dave.kms.send(describeKey(id))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  it('are for principals that exist', async () => {
    const GranteePrincipal = `arn:aws:iam::${ACCOUNT_ID}:user/nobody-there`;
    const command = new CreateGrantCommand({ KeyId, GranteePrincipal, Operations: ['Encrypt'] });
    await expect(root.kms.send(command)).rejects.toMatchObject({ name: 'InvalidArnException' });
    const sign = { KeyId, GranteePrincipal: ROOT_ARN, Operations: ['Sign' as const] };
    await expect(root.kms.send(new CreateGrantCommand(sign))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });
});

describe('roles and sessions', () => {
  it('are assumed by those whom they trust, within session policies', async () => {
    const frank = await newUser(strongroom, root, 'frank');
    const trust = document({
      Effect: 'Allow',
      Principal: { AWS: frank.arn },
      Action: 'sts:AssumeRole',
    });
    const made = await root.iam.send(
      new CreateRoleCommand({
        RoleName: 'Invoices',
        AssumeRolePolicyDocument: trust,
        Path: '/app/',
      }),
    );
    const RoleArn = made.Role?.Arn ?? '';
    const PolicyDocument = allow(['kms:Encrypt', 'kms:DescribeKey']);
    await root.iam.send(
      new PutRolePolicyCommand({ RoleName: 'Invoices', PolicyName: 'use', PolicyDocument }),
    );
    const shown = await root.iam.send(new GetRoleCommand({ RoleName: 'Invoices' }));
    expect(decodeURIComponent(shown.Role?.AssumeRolePolicyDocument ?? '')).toBe(trust);

    const session = await frank.sts.send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: 'batch-7', Policy: allow('kms:Encrypt') }),
    );
    const sessionArn = `arn:aws:sts::${ACCOUNT_ID}:assumed-role/Invoices/batch-7`;
    expect(session.AssumedRoleUser?.Arn).toBe(sessionArn);
    const credentials = temporary(session.Credentials);
    const role = clientsOf(strongroom, credentials);
    await role.kms.send(encrypt(KeyId));
    await expect(role.kms.send(describeKey(KeyId))).rejects.toMatchObject(
      denied(
        sessionArn,
        'kms:DescribeKey',
        'because no session policy allows the kms:DescribeKey action',
      ),
    );
    const record = (await auditRecords(strongroom)).at(-1);
    expect(record).toMatchObject({
      userIdentity: {
        type: 'AssumedRole',
        arn: sessionArn,
        sessionContext: { sessionIssuer: { userName: 'Invoices' } },
      },
    });

    const broken = (sessionToken: string | undefined) =>
      clientsOf(strongroom, { ...credentials, sessionToken }).kms.send(encrypt(KeyId));
    const unrecognized = { name: 'UnrecognizedClientException' };
    const token = credentials.sessionToken ?? '';
    await expect(broken(undefined)).rejects.toMatchObject(unrecognized);
    await expect(broken(token.slice(0, -8))).rejects.toMatchObject(unrecognized);
    await expect(broken(Buffer.from('foreign').toString('base64'))).rejects.toMatchObject(
      unrecognized,
    );

    const stranger = await newUser(strongroom, root, 'grace');
    const assume = (arnOfRole: string) =>
      stranger.sts.send(new AssumeRoleCommand({ RoleArn: arnOfRole, RoleSessionName: 'x1' }));
    for (const name of [RoleArn, `${RoleArn}-not-there`]) {
      await expect(assume(name)).rejects.toMatchObject({
        name: 'AccessDenied',
        message: `User: ${stranger.arn} is not authorized to perform: sts:AssumeRole on resource: ${name}`,
      });
    }
  });

  it('carry MFA into conditions', async () => {
    const heidi = await newUser(strongroom, root, 'heidi');
    const condition = { Condition: { NumericLessThan: { 'aws:MultiFactorAuthAge': '300' } } };
    const PolicyDocument = allow('kms:ScheduleKeyDeletion', '*', condition);
    await root.iam.send(
      new PutUserPolicyCommand({ UserName: 'heidi', PolicyName: 'm', PolicyDocument }),
    );
    const { VirtualMFADevice } = await root.iam.send(
      new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'heidi-phone' }),
    );
    const SerialNumber = VirtualMFADevice?.SerialNumber ?? '';
    const seed = VirtualMFADevice?.Base32StringSeed ?? new Uint8Array();
    await root.iam.send(
      new EnableMFADeviceCommand({
        UserName: 'heidi',
        SerialNumber,
        AuthenticationCode1: codeOf(seed, -1),
        AuthenticationCode2: codeOf(seed, 0),
      }),
    );
    const schedule = new ScheduleKeyDeletionCommand({ KeyId: (await newKey()).KeyId });
    await expect(heidi.kms.send(schedule)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const withCode = (TokenCode: string) =>
      heidi.sts.send(new GetSessionTokenCommand({ SerialNumber, TokenCode }));
    // The code that enabled the device has been used up.
    await expect(withCode(codeOf(seed, 0))).rejects.toMatchObject({ name: 'AccessDenied' });
    const { Credentials } = await withCode(codeOf(seed, 1));
    await clientsOf(strongroom, temporary(Credentials)).kms.send(schedule);
  });
});

it('a job assumes a role with the token of its OIDC issuer', async () => {
  const issuer = new Issuer();
  await issuer.start();
  try {
    const { OpenIDConnectProviderArn: Federated } = await root.iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: issuer.url,
        ClientIDList: ['ci'],
        ThumbprintList: [issuer.thumbprint],
      }),
    );
    const host = issuer.url.slice('https://'.length);
    const trust = document({
      Effect: 'Allow',
      Principal: { Federated },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          [`${host}:aud`]: 'ci',
          'sts:RoleSessionName': 'build',
          'aws:FederatedProvider': Federated,
          'aws:ResourceTag/For': 'ci',
          'iam:ResourceTag/For': 'ci',
        },
        StringLike: { [`${host}:sub`]: 'repo:*' },
      },
    });
    const { Role } = await root.iam.send(
      new CreateRoleCommand({
        ...{ RoleName: 'Ci', AssumeRolePolicyDocument: trust },
        Tags: [{ Key: 'For', Value: 'ci' }],
      }),
    );
    const PolicyDocument = allow('kms:Encrypt');
    await root.iam.send(
      new PutRolePolicyCommand({ RoleName: 'Ci', PolicyName: 'use', PolicyDocument }),
    );
    const assume = async (sub: string, RoleArn = Role?.Arn) => {
      const WebIdentityToken = await issuer.token({ sub });
      const input = { RoleArn, RoleSessionName: 'build', WebIdentityToken };
      return root.sts.send(new AssumeRoleWithWebIdentityCommand(input));
    };
    const session = await assume('repo:x');
    expect(session).toMatchObject({ SubjectFromWebIdentityToken: 'repo:x', Audience: 'ci' });
    await clientsOf(strongroom, temporary(session.Credentials)).kms.send(encrypt(KeyId));
    const refused = {
      name: 'AccessDenied',
      message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    };
    await expect(assume('user:x')).rejects.toMatchObject(refused);
    // Tags that the issuer gives need their own permission in the trust policy.
    const tagged = async (principal_tags: object) => {
      const WebIdentityToken = await issuer.token({
        sub: 'repo:x',
        'https://aws.amazon.com/tags': { principal_tags, transitive_tag_keys: ['Team'] },
      });
      const input = { RoleArn: Role?.Arn, RoleSessionName: 'build', WebIdentityToken };
      return root.sts.send(new AssumeRoleWithWebIdentityCommand(input));
    };
    await expect(tagged({ Team: ['blue'] })).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'Not authorized to perform sts:TagSession',
    });
    const statement = { Effect: 'Allow', Principal: { Federated } };
    const retrusted = document(
      { ...statement, Action: 'sts:AssumeRoleWithWebIdentity' },
      {
        ...{ ...statement, Action: 'sts:TagSession' },
        Condition: { StringEquals: { 'aws:RequestTag/Team': 'blue' } },
      },
    );
    await root.iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: 'Ci', PolicyDocument: retrusted }),
    );
    const { Credentials } = await tagged({ Team: ['blue'] });
    const byTeam = { Condition: { StringEquals: { 'aws:PrincipalTag/Team': 'blue' } } };
    await root.iam.send(
      new PutRolePolicyCommand({
        ...{ RoleName: 'Ci', PolicyName: 'use' },
        PolicyDocument: allow('kms:Encrypt', '*', byTeam),
      }),
    );
    await clientsOf(strongroom, temporary(Credentials)).kms.send(encrypt(KeyId));
    await expect(tagged({ Team: ['red'] })).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(tagged({ Team: ['blue', 'red'] })).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
    });
    await expect(assume('repo:x', `${Role?.Arn}-not-there`)).rejects.toMatchObject(refused);
  } finally {
    issuer.stop();
  }
});

it('keys of other accounts take both sides, and hide themselves from the rest', async () => {
  const otherRoot = clientsOf(
    strongroom,
    await credentialsIn(strongroom, `accounts/${OTHER}.credentials`),
  );
  expect(await otherRoot.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: OTHER,
  });
  const bob = await newUser(strongroom, otherRoot, 'bob');
  const PolicyDocument = allow('kms:*');
  await otherRoot.iam.send(
    new PutUserPolicyCommand({ UserName: 'bob', PolicyName: 'all', PolicyDocument }),
  );
  const absent = arn.replace(KeyId, '00000000-1111-2222-3333-444444444444');
  const said = async (id: string) => {
    const error: Error = await bob.kms.send(describeKey(id)).catch((thrown) => thrown);
    return `${error.name}: ${error.message}`;
  };
  expect(await said(arn)).toBe(await said(absent));
  expect(await said(arn)).toContain(
    'kms:DescribeKey on this resource because the resource does not exist',
  );
  const { KeyId: id, arn: shared } = await newKey();
  const to = (AWS: string) => ({
    Effect: 'Allow',
    Principal: { AWS },
    Action: 'kms:*',
    Resource: '*',
  });
  await root.kms.send(
    new PutKeyPolicyCommand({ KeyId: id, Policy: document(to(ROOT_ARN), to(OTHER)) }),
  );
  await bob.kms.send(encrypt(shared));
  const records = (await auditRecords(strongroom)).slice(-2);
  expect(records.map(({ recipientAccountId }) => recipientAccountId)).toEqual([OTHER, ACCOUNT_ID]);
  expect(records[1]).toMatchObject({ userIdentity: { type: 'AWSAccount', accountId: OTHER } });
});

it('a service acts as its caller, and both are in the record', async () => {
  const ivan = await newUser(strongroom, root, 'ivan');
  const via = { Condition: { StringEquals: { 'kms:ViaService': SERVICE } } };
  const PolicyDocument = allow('kms:Encrypt', '*', via);
  await root.iam.send(
    new PutUserPolicyCommand({ UserName: 'ivan', PolicyName: 'v', PolicyDocument }),
  );
  await expect(ivan.kms.send(encrypt(KeyId))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
  const service = await credentialsIn(strongroom, `services/${SERVICE}.credentials`);
  const form = {
    Action: 'GetForwardAccessSession',
    CallerAccessKeyId: ivan.credentials.accessKeyId,
  };
  expect((await callSts(strongroom, ivan.credentials, form)).status).toBe(403);
  const { status, text } = await callSts(strongroom, service, form);
  expect(status).toBe(200);
  const read = (name: string) => new RegExp(`<${name}>([^<]+)`).exec(text)?.[1] ?? '';
  const forwarded = clientsOf(strongroom, {
    accessKeyId: read('AccessKeyId'),
    secretAccessKey: read('SecretAccessKey'),
    sessionToken: read('SessionToken'),
  });
  await forwarded.kms.send(encrypt(KeyId));
  expect((await auditRecords(strongroom)).at(-1)).toMatchObject({
    userIdentity: { type: 'IAMUser', userName: 'ivan', invokedBy: SERVICE },
    sourceIPAddress: SERVICE,
  });
});

it("the root user's keys are replaced, and stay gone over a restart", async () => {
  const { AccessKey } = await root.iam.send(new CreateAccessKeyCommand({}));
  const second = clientsOf(strongroom, {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  });
  const { accessKeyId: AccessKeyId } = root.credentials;
  await second.iam.send(new DeleteAccessKeyCommand({ AccessKeyId }));
  await strongroom.stop();
  await strongroom.start();
  const third = clientsOf(strongroom, second.credentials);
  const first = clientsOf(strongroom, root.credentials);
  await expect(first.sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'InvalidClientTokenId',
  });
  const { AccessKeyMetadata } = await third.iam.send(new ListAccessKeysCommand({}));
  expect(AccessKeyMetadata?.map((key) => key.AccessKeyId)).toEqual([
    second.credentials.accessKeyId,
  ]);
  // Terraform and others create what is there already: they must hear of it.
  await expect(third.iam.send(new CreateUserCommand({ UserName: 'ALICE' }))).rejects.toMatchObject({
    name: 'EntityAlreadyExistsException',
    message: 'User with name ALICE already exists.',
  });
});
