/** What a delegated administrator may do, and may not. Source: policy.md P1–P11, red.md H1–H4 and M1. */
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteUserPermissionsBoundaryCommand,
  GetUserPolicyCommand,
  ListUserPoliciesCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  TagUserCommand,
  UntagUserCommand,
  UpdateGroupCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import {
  CreateGrantCommand,
  CreateKeyCommand,
  EncryptCommand,
  PutKeyPolicyCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allow,
  type Clients,
  clientsOf,
  credentialsIn,
  document,
  newUser,
  temporary,
} from '../support/principals.js';
import { ACCOUNT_ID, Strongroom } from '../support/strongroom.js';

const OTHER = '444455556666';
const DENIED = { name: 'AccessDenied' };
const KMS_DENIED = { name: 'AccessDeniedException' };
const MALFORMED = { name: 'MalformedPolicyDocumentException' };
const Plaintext = Buffer.from('not for everybody');

let strongroom: Strongroom;
let root: Clients;
let other: Clients;
beforeAll(async () => {
  strongroom = await Strongroom.start({ yaml: { accounts: [OTHER] } });
  root = clientsOf(strongroom, await strongroom.credentials());
  other = clientsOf(strongroom, await credentialsIn(strongroom, `accounts/${OTHER}.credentials`));
});
afterAll(() => strongroom?.dispose());

let count = 0;
const nameOf = (what: string) => `${what}${++count}`;

/** A user with this inline policy. */
async function userWith(...statements: readonly object[]) {
  const UserName = nameOf('user');
  const made = await newUser(strongroom, root, UserName);
  const PolicyDocument = document(...statements);
  await root.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }));
  return { ...made, UserName };
}
const everything = (Action: string) => ({ Effect: 'Allow', Action, Resource: '*' });
const when = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
});

async function newPolicy(by = root): Promise<string> {
  const { Policy } = await by.iam.send(
    new CreatePolicyCommand({ PolicyName: nameOf('policy'), PolicyDocument: allow('kms:*') }),
  );
  return Policy?.Arn ?? '';
}

async function newKey(Tags: { TagKey: string; TagValue: string }[] = []) {
  const { KeyMetadata } = await root.kms.send(new CreateKeyCommand({ Tags }));
  return KeyMetadata?.KeyId ?? '';
}

describe('a boundary', () => {
  it('is kept by a Deny on the boundary of the target', async () => {
    const boundary = await newPolicy();
    const admin = await userWith(everything('iam:*'), {
      Effect: 'Deny',
      Action: ['iam:DeleteUserPermissionsBoundary', 'iam:PutUserPolicy', 'iam:AttachUserPolicy'],
      Resource: '*',
      ...when('StringEquals', 'iam:PermissionsBoundary', boundary),
    });
    const UserName = nameOf('bounded');
    await root.iam.send(new CreateUserCommand({ UserName, PermissionsBoundary: boundary }));
    const own = { UserName, PolicyName: 'p', PolicyDocument: allow('kms:*') };
    await Promise.all(
      [
        admin.iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName })),
        admin.iam.send(new PutUserPolicyCommand(own)),
        admin.iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: boundary })),
      ].map((call) => expect(call).rejects.toMatchObject(DENIED)),
    );
    const free = { ...own, UserName: admin.UserName };
    await expect(admin.iam.send(new PutUserPolicyCommand(free))).resolves.toBeDefined();
  });

  it('lets administrators act on those alone who have it', async () => {
    const boundary = await newPolicy();
    const admin = await userWith({
      ...everything('iam:PutUserPolicy'),
      ...when('StringEquals', 'iam:PermissionsBoundary', boundary),
    });
    const UserName = nameOf('bounded');
    await root.iam.send(new CreateUserCommand({ UserName, PermissionsBoundary: boundary }));
    const policy = { PolicyName: 'p', PolicyDocument: allow('kms:*') };
    await admin.iam.send(new PutUserPolicyCommand({ UserName, ...policy }));
    const self = admin.iam.send(new PutUserPolicyCommand({ UserName: admin.UserName, ...policy }));
    await expect(self).rejects.toMatchObject(DENIED);
  });

  /** Source: IAM User Guide, "Delegating responsibility to others using permissions boundaries", task 2. */
  it("is what AWS's delegated administrator gives, and can't take away", async () => {
    const boundary = await newPolicy();
    const admin = await userWith(
      {
        Sid: 'CreateOrChangeOnlyWithBoundary',
        Effect: 'Allow',
        Action: [
          ...['iam:AttachUserPolicy', 'iam:CreateUser', 'iam:DeleteUserPolicy'],
          ...['iam:DetachUserPolicy', 'iam:PutUserPermissionsBoundary', 'iam:PutUserPolicy'],
        ],
        Resource: '*',
        ...when('StringEquals', 'iam:PermissionsBoundary', boundary),
      },
      {
        Sid: 'CloudWatchAndOtherIAMTasks',
        Effect: 'Allow',
        Action: [
          ...['cloudwatch:*', 'iam:CreateAccessKey', 'iam:CreatePolicyVersion', 'iam:DeletePolicy'],
          ...['iam:DeleteUser', 'iam:GetUser', 'iam:SetDefaultPolicyVersion'],
        ],
        Resource: '*',
      },
      {
        Sid: 'NoBoundaryPolicyEdit',
        Effect: 'Deny',
        Action: [
          ...['iam:CreatePolicyVersion', 'iam:DeletePolicy', 'iam:DeletePolicyVersion'],
          'iam:SetDefaultPolicyVersion',
        ],
        Resource: [boundary],
      },
      {
        Sid: 'NoBoundaryUserDelete',
        Effect: 'Deny',
        Action: 'iam:DeleteUserPermissionsBoundary',
        Resource: '*',
      },
    );
    const UserName = nameOf('delegated');
    const PolicyArn = await newPolicy();
    const own = { UserName, PolicyName: 'p', PolicyDocument: allow('kms:*') };
    await admin.iam.send(new CreateUserCommand({ UserName, PermissionsBoundary: boundary }));
    await admin.iam.send(new PutUserPolicyCommand(own));
    await admin.iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    await admin.iam.send(new CreateAccessKeyCommand({ UserName }));
    const free = nameOf('free');
    await root.iam.send(new CreateUserCommand({ UserName: free }));
    await Promise.all(
      [
        admin.iam.send(new CreateUserCommand({ UserName: nameOf('unbounded') })),
        admin.iam.send(
          new CreateUserCommand({ UserName: nameOf('other'), PermissionsBoundary: PolicyArn }),
        ),
        admin.iam.send(new PutUserPolicyCommand({ ...own, UserName: free })),
        admin.iam.send(new AttachUserPolicyCommand({ UserName: free, PolicyArn })),
        admin.iam.send(
          new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: PolicyArn }),
        ),
        admin.iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName })),
        admin.iam.send(
          new CreatePolicyVersionCommand({ PolicyArn: boundary, PolicyDocument: allow('*:*') }),
        ),
      ].map((call) => expect(call).rejects.toMatchObject(DENIED)),
    );
  });

  it("is a policy of the same account or AWS's", async () => {
    const foreign = await newPolicy(other);
    const UserName = nameOf('user');
    await root.iam.send(new CreateUserCommand({ UserName }));
    const put = { UserName, PermissionsBoundary: foreign };
    await Promise.all(
      [
        root.iam.send(new PutUserPermissionsBoundaryCommand(put)),
        root.iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: foreign })),
      ].map((call) => expect(call).rejects.toMatchObject({ name: 'NoSuchEntityException' })),
    );
  });
});

it('tags of the target protect it', async () => {
  const admin = await userWith(everything('iam:*'), {
    Effect: 'Deny',
    Action: 'iam:*',
    Resource: '*',
    ...when('StringEquals', 'aws:ResourceTag/protected', 'true'),
  });
  const [UserName, RoleName] = [nameOf('user'), nameOf('role')];
  const Tags = [{ Key: 'Protected', Value: 'true' }];
  await root.iam.send(new CreateUserCommand({ UserName, Tags }));
  const AssumeRolePolicyDocument = document({
    Effect: 'Allow',
    Principal: { AWS: ACCOUNT_ID },
    Action: 'sts:AssumeRole',
  });
  await root.iam.send(new CreateRoleCommand({ RoleName, Tags, AssumeRolePolicyDocument }));
  await Promise.all(
    [
      admin.iam.send(new CreateAccessKeyCommand({ UserName })),
      admin.iam.send(new TagUserCommand({ UserName, Tags: [{ Key: 'a', Value: 'b' }] })),
      admin.iam.send(new DeleteRoleCommand({ RoleName })),
    ].map((call) => expect(call).rejects.toMatchObject(DENIED)),
  );
});

it('a tag key in another case is the same to a Deny', async () => {
  const admin = await userWith(everything('iam:*'), {
    ...{ Effect: 'Deny', Action: ['iam:TagUser', 'iam:UntagUser'], Resource: '*' },
    ...when('ForAnyValue:StringEquals', 'aws:TagKeys', ['protected']),
  });
  const UserName = nameOf('tagged');
  const Tags = [{ Key: 'protected', Value: 'true' }];
  await root.iam.send(new CreateUserCommand({ UserName, Tags }));
  await Promise.all(
    [
      admin.iam.send(new UntagUserCommand({ UserName, TagKeys: ['PROTECTED'] })),
      admin.iam.send(new TagUserCommand({ UserName, Tags: [{ Key: 'Protected', Value: 'no' }] })),
    ].map((call) => expect(call).rejects.toMatchObject(DENIED)),
  );
  await admin.iam.send(new TagUserCommand({ UserName, Tags: [{ Key: 'other', Value: 'x' }] }));
  await admin.iam.send(new UntagUserCommand({ UserName, TagKeys: ['OTHER'] }));
});

it('tags at creation need the permission to tag', async () => {
  const admin = await userWith(everything('iam:CreateUser'));
  const Tags = [{ Key: 'a', Value: 'b' }];
  const tagged = new CreateUserCommand({ UserName: nameOf('user'), Tags });
  await expect(admin.iam.send(tagged)).rejects.toMatchObject({
    ...DENIED,
    message: expect.stringContaining('iam:TagUser'),
  });
  await admin.iam.send(new CreateUserCommand({ UserName: nameOf('user') }));
});

it('a rename needs the permission on both names', async () => {
  const Resource = [`arn:aws:iam::${ACCOUNT_ID}:user/dev/*`, `arn:aws:iam::${ACCOUNT_ID}:group/*`];
  const admin = await userWith(
    { Effect: 'Allow', Action: 'iam:*', Resource },
    { Effect: 'Deny', Action: '*', Resource: `arn:aws:iam::${ACCOUNT_ID}:group/locked/*` },
  );
  const UserName = nameOf('user');
  await admin.iam.send(new CreateUserCommand({ UserName, Path: '/dev/' }));
  const away = new UpdateUserCommand({ UserName, NewPath: '/admin/' });
  await expect(admin.iam.send(away)).rejects.toMatchObject(DENIED);
  await admin.iam.send(new UpdateUserCommand({ UserName, NewUserName: nameOf('renamed') }));
  const group = new UpdateGroupCommand({ GroupName: 'nobody', NewPath: '/locked/' });
  await expect(admin.iam.send(group)).rejects.toMatchObject(DENIED);
});

it('names of inline policies ignore case', async () => {
  const UserName = nameOf('user');
  await root.iam.send(new CreateUserCommand({ UserName }));
  const put = (PolicyName: string, PolicyDocument: string) =>
    root.iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument }));
  await put('MixedName', allow('kms:*'));
  await put('mixedname', allow('kms:Encrypt'));
  const { PolicyNames } = await root.iam.send(new ListUserPoliciesCommand({ UserName }));
  expect(PolicyNames).toEqual(['MixedName']);
  const get = new GetUserPolicyCommand({ UserName, PolicyName: 'MIXEDNAME' });
  const { PolicyName, PolicyDocument = '' } = await root.iam.send(get);
  expect([PolicyName, decodeURIComponent(PolicyDocument)]).toEqual([
    'MIXEDNAME',
    allow('kms:Encrypt'),
  ]);
});

describe('documents', () => {
  const twice = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:app":"billing"},"StringEquals":{"aws:username":"alice"}}}]}`;

  it('that say a thing twice are refused', async () => {
    const UserName = nameOf('user');
    await root.iam.send(new CreateUserCommand({ UserName }));
    const put = { UserName, PolicyName: 'p', PolicyDocument: twice };
    await expect(root.iam.send(new PutUserPolicyCommand(put))).rejects.toMatchObject(MALFORMED);
    const KeyId = await newKey();
    const Policy = twice.replace('"Effect"', '"Principal":"*","Effect"');
    await expect(root.kms.send(new PutKeyPolicyCommand({ KeyId, Policy }))).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
    });
  });

  it('that give a role to all but one are refused', async () => {
    const AssumeRolePolicyDocument = document({
      Effect: 'Allow',
      NotPrincipal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:user/alice` },
      Action: 'sts:AssumeRole',
    });
    const RoleName = nameOf('role');
    const create = new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument });
    await expect(root.iam.send(create)).rejects.toMatchObject(MALFORMED);
  });
});

it('a twin of a tag that differs by case opens nothing', async () => {
  const KeyId = await newKey([{ TagKey: 'env', TagValue: 'prod' }]);
  const user = await userWith(
    everything('kms:TagResource'),
    {
      ...everything('kms:Encrypt'),
      ...when('StringEquals', 'aws:ResourceTag/env', 'dev'),
    },
    {
      Effect: 'Deny',
      Action: 'kms:TagResource',
      Resource: '*',
      ...when('StringEquals', 'aws:RequestTag/env', 'dev'),
    },
  );
  const tag = (...Tags: { TagKey: string; TagValue: string }[]) =>
    user.kms.send(new TagResourceCommand({ KeyId, Tags }));
  const twins = [
    { TagKey: 'eNV', TagValue: 'x' },
    { TagKey: 'ENV', TagValue: 'dev' },
  ];
  await expect(tag(...twins)).rejects.toMatchObject(KMS_DENIED);
  await root.kms.send(
    new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'ENV', TagValue: 'dev' }] }),
  );
  const encrypt = user.kms.send(new EncryptCommand({ KeyId, Plaintext }));
  await expect(encrypt).rejects.toMatchObject(KMS_DENIED);
});

it('an empty map beside the other constraint is as absent', async () => {
  const KeyId = await newKey();
  const grantee = await userWith(everything('sts:GetCallerIdentity'));
  await root.kms.send(
    new CreateGrantCommand({
      KeyId,
      GranteePrincipal: grantee.arn,
      Operations: ['Encrypt'],
      Constraints: { EncryptionContextEquals: {}, EncryptionContextSubset: { a: '1' } },
    }),
  );
  const encrypt = (EncryptionContext: Record<string, string>) =>
    grantee.kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
  await encrypt({ a: '1', b: '2' });
  await expect(encrypt({ A: '1', a: '9' })).rejects.toMatchObject(KMS_DENIED);
});

describe('a chain of roles', () => {
  const assume = async (
    by: Clients,
    RoleArn: string,
    more: Partial<ConstructorParameters<typeof AssumeRoleCommand>[0]> = {},
  ) => {
    const input = { RoleArn, RoleSessionName: 'chained', ...more };
    const { Credentials } = await by.sts.send(new AssumeRoleCommand(input));
    return clientsOf(strongroom, temporary(Credentials));
  };
  const newRole = async (Action: string[], Tags: { Key: string; Value: string }[] = []) => {
    const RoleName = nameOf('role');
    const trust = document({ Effect: 'Allow', Principal: { AWS: ACCOUNT_ID }, Action });
    const { Role } = await root.iam.send(
      new CreateRoleCommand({ RoleName, Tags, AssumeRolePolicyDocument: trust }),
    );
    const PolicyDocument = allow(['sts:*', 'kms:*']);
    await root.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument }));
    return Role?.Arn ?? '';
  };
  const ASSUME = ['sts:AssumeRole'];
  const TAG = [...ASSUME, 'sts:TagSession'];

  it("hands on the tags that were passed, and never a role's own", async () => {
    const user = await userWith(everything('sts:*'));
    const first = await newRole(TAG, [{ Key: 'project', Value: 'X' }]);
    await expect(assume(user, first, { TransitiveTagKeys: ['project'] })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    const Tags = [{ Key: 'team', Value: 'red' }];
    const tagged = await assume(user, first, { Tags, TransitiveTagKeys: ['team'] });
    // What goes on is asked for, too.
    await expect(assume(tagged, await newRole(ASSUME))).rejects.toMatchObject(DENIED);
    await assume(tagged, await newRole(TAG));
    const untagged = await assume(user, first);
    await assume(untagged, await newRole(ASSUME));
  });

  it('keeps its source identity, which every role must let pass', async () => {
    const user = await userWith(everything('sts:*'));
    const identified = [...ASSUME, 'sts:SetSourceIdentity'];
    const alice = await assume(user, await newRole(identified), { SourceIdentity: 'alice' });
    const admin = { SourceIdentity: 'admin-1' };
    await expect(assume(alice, await newRole(identified), admin)).rejects.toMatchObject(DENIED);
    await expect(assume(alice, await newRole(ASSUME))).rejects.toMatchObject(DENIED);
    await assume(alice, await newRole(identified));
  });
});
