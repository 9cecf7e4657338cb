/** Whom a grant is for, by whatever it is called. Source: recorded-kms.md, "Principals in grants", "Listing". */
import {
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  PutUserPolicyCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import {
  CreateGrantCommand,
  type CreateGrantCommandInput,
  CreateKeyCommand,
  EncryptCommand,
  ListGrantsCommand,
  ListRetirableGrantsCommand,
} from '@aws-sdk/client-kms';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allow,
  type Clients,
  clientsOf,
  document,
  newUser,
  temporary,
} from '../support/principals.js';
import { ACCOUNT_ID, Strongroom } from '../support/strongroom.js';

const DENIED = { name: 'AccessDeniedException' };
const Plaintext = Buffer.from('granted');
const iamArn = (rest: string) => `arn:aws:iam::${ACCOUNT_ID}:${rest}`;
const sessionArn = (role: string, name: string) =>
  `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${role}/${name}`;

let strongroom: Strongroom;
let root: Clients;
/** Assumes roles. */
let alice: Clients & { readonly arn: string };
beforeAll(async () => {
  strongroom = await Strongroom.start();
  root = clientsOf(strongroom, await strongroom.credentials());
  alice = await newUser(strongroom, root, 'alice');
});
afterAll(() => strongroom?.dispose());

let count = 0;
const nameOf = (what: string) => `${what}${++count}`;

async function newKey(): Promise<string> {
  const { KeyMetadata } = await root.kms.send(new CreateKeyCommand({}));
  return KeyMetadata?.KeyId ?? '';
}

/** A role that alice may assume. @returns its unique id */
async function newRole(RoleName: string, Path = '/'): Promise<string> {
  const AssumeRolePolicyDocument = document({
    ...{ Effect: 'Allow', Principal: { AWS: alice.arn }, Action: 'sts:AssumeRole' },
  });
  await root.iam.send(new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument }));
  return (await root.iam.send(new GetRoleCommand({ RoleName }))).Role?.RoleId ?? '';
}

async function session(role: string, RoleSessionName: string, path = '/'): Promise<Clients> {
  const RoleArn = iamArn(`role${path}${role}`);
  const assumed = await alice.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }));
  return clientsOf(strongroom, temporary(assumed.Credentials));
}

const grant = (KeyId: string, more: Partial<CreateGrantCommandInput>, by = root) =>
  by.kms.send(new CreateGrantCommand({ KeyId, Operations: ['Encrypt'], ...more }));
const encrypt = ({ kms }: Clients, KeyId: string, EncryptionContext = {}) =>
  kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
const listed = async (KeyId: string, GranteePrincipal?: string) => {
  const { Grants } = await root.kms.send(new ListGrantsCommand({ KeyId, GranteePrincipal }));
  return Grants?.map((each) => each.GranteePrincipal);
};

describe('a grant to a session', () => {
  it('may be made before there is one, and by its raw id', async () => {
    const KeyId = await newKey();
    const role = nameOf('Role');
    const id = await newRole(role, '/path/');
    const byArn = await grant(KeyId, { GranteePrincipal: sessionArn(role, 'job'), Name: 'once' });
    const byId = await grant(KeyId, { GranteePrincipal: `${id}:job`, Name: 'once' });
    expect(byId.GrantId).toBe(byArn.GrantId);
    await encrypt(await session(role, 'job', '/path/'), KeyId);
    await expect(encrypt(await session(role, 'other', '/path/'), KeyId)).rejects.toMatchObject(
      DENIED,
    );
    for (const name of [sessionArn(role, 'job'), `${id}:job`]) {
      expect(await listed(KeyId, name)).toEqual([sessionArn(role, 'job')]);
    }
  });

  it("of a role that is gone is no one else's, and does not stand in the way", async () => {
    const KeyId = await newKey();
    const role = nameOf('Role');
    const RetiringPrincipal = sessionArn(role, 'job');
    const wanted = { GranteePrincipal: RetiringPrincipal, RetiringPrincipal, Name: 'same' };
    const oldId = await newRole(role);
    const old = await grant(KeyId, wanted);
    await root.iam.send(new DeleteRoleCommand({ RoleName: role }));
    expect(await listed(KeyId)).toEqual([`${oldId}:job`]);
    await newRole(role);
    const job = await session(role, 'job');
    await expect(encrypt(job, KeyId)).rejects.toMatchObject(DENIED);
    const made = await grant(KeyId, wanted);
    expect(made.GrantId).not.toBe(old.GrantId);
    await encrypt(job, KeyId);
    expect((await listed(KeyId))?.toSorted()).toEqual(
      [`${oldId}:job`, RetiringPrincipal].toSorted(),
    );
    expect(await listed(KeyId, RetiringPrincipal)).toEqual([RetiringPrincipal]);
    const gone = { RetiringPrincipal: `${oldId}:job` };
    await expect(root.kms.send(new ListRetirableGrantsCommand(gone))).rejects.toMatchObject({
      name: 'NotFoundException',
      message: `Retiring principal ${oldId}:job could not be found`,
    });
    await expect(listed(KeyId, `${oldId}:job`)).rejects.toMatchObject({
      name: 'InvalidArnException',
      message: 'Input does not refer to a valid principal',
    });
  });
});

it('a grant goes with a user who moves', async () => {
  const KeyId = await newKey();
  const UserName = nameOf('mover');
  const mover = await newUser(strongroom, root, UserName);
  const before = await grant(KeyId, { GranteePrincipal: mover.arn, Name: 'once' });
  const NewUserName = nameOf('moved');
  await root.iam.send(new UpdateUserCommand({ UserName, NewUserName, NewPath: '/new/' }));
  const now = iamArn(`user/new/${NewUserName}`);
  await encrypt(mover, KeyId);
  expect(await listed(KeyId, now)).toEqual([now]);
  const again = await grant(KeyId, { GranteePrincipal: now, Name: 'once' });
  expect(again.GrantId).toBe(before.GrantId);
  await root.iam.send(new CreateUserCommand({ UserName }));
  expect(await listed(KeyId, mover.arn)).toEqual([]);
});

it.each([
  ['session of no role', sessionArn('nobody', 'job'), 'ARN does not refer to a valid principal: '],
  ['user who is not there', iamArn('user/nobody'), 'ARN does not refer to a valid principal: '],
  ['session ARN with the path', sessionArn('path/Role', 'job'), 'ARN is not valid: '],
  ['ARN of something else', iamArn('group/g'), 'ARN is not valid: '],
  [
    'federated user of no account',
    'arn:aws:sts::999999999999:federated-user/Bob',
    'ARN does not refer to a valid principal: ',
  ],
])('a %s is refused', async (_what, GranteePrincipal, message) => {
  const KeyId = await newKey();
  await expect(grant(KeyId, { GranteePrincipal })).rejects.toMatchObject({
    name: 'InvalidArnException',
    message: `${message}${GranteePrincipal}`,
  });
  const retiring = { GranteePrincipal: alice.arn, RetiringPrincipal: GranteePrincipal };
  await expect(grant(KeyId, retiring)).rejects.toMatchObject({ name: 'InvalidArnException' });
  await expect(listed(KeyId, GranteePrincipal)).rejects.toMatchObject({
    name: 'InvalidArnException',
    message: `${message}${GranteePrincipal}`,
  });
});

it('the raw id of nobody is refused in the name of its member', async () => {
  const KeyId = await newKey();
  const nobody = 'AROAAAAAAAAAAAAAAAAAA:job';
  await expect(grant(KeyId, { GranteePrincipal: nobody })).rejects.toMatchObject({
    message: 'GranteePrincipal does not refer to a valid principal.',
  });
  const retiring = { GranteePrincipal: alice.arn, RetiringPrincipal: nobody };
  await expect(grant(KeyId, retiring)).rejects.toMatchObject({
    message: 'RetiringPrincipal does not refer to a valid principal.',
  });
});

it('a federated user of the account may be named before there is one', async () => {
  const KeyId = await newKey();
  const GranteePrincipal = `arn:aws:sts::${ACCOUNT_ID}:federated-user/Bob`;
  await grant(KeyId, { GranteePrincipal });
  expect(await listed(KeyId, GranteePrincipal)).toEqual([GranteePrincipal]);
});

it('a raw id gets round no condition on the ARN', async () => {
  const KeyId = await newKey();
  const role = nameOf('Role');
  const id = await newRole(role);
  const UserName = nameOf('granter');
  const granter = await newUser(strongroom, root, UserName);
  const condition = (GranteePrincipal: string) => ({
    Condition: { StringEquals: { 'kms:GranteePrincipal': GranteePrincipal } },
  });
  const PolicyDocument = document(
    { Effect: 'Allow', Action: 'kms:CreateGrant', Resource: '*' },
    {
      Effect: 'Deny',
      Action: 'kms:CreateGrant',
      Resource: '*',
      ...condition(sessionArn(role, 'job')),
    },
  );
  await root.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }));
  for (const GranteePrincipal of [sessionArn(role, 'job'), `${id}:job`]) {
    await expect(grant(KeyId, { GranteePrincipal }, granter)).rejects.toMatchObject(DENIED);
  }
  await grant(KeyId, { GranteePrincipal: `${id}:other` }, granter);
});

describe('a grant made under grants', () => {
  it('is covered by any one of them, and by no two together', async () => {
    const KeyId = await newKey();
    const holder = await newUser(strongroom, root, nameOf('holder'));
    const to = (more: Partial<CreateGrantCommandInput>) =>
      grant(KeyId, { GranteePrincipal: holder.arn, ...more });
    const IT = { EncryptionContextSubset: { department: 'IT' } };
    await to({ Operations: ['CreateGrant', 'Decrypt'], Constraints: IT });
    await to({ Operations: ['CreateGrant', 'Encrypt'], Constraints: IT });
    await to({ Operations: ['CreateGrant', 'GenerateDataKey'] });
    const child = (more: Partial<CreateGrantCommandInput>) =>
      grant(KeyId, { GranteePrincipal: alice.arn, ...more }, holder);
    for (const operation of ['Decrypt', 'Encrypt'] as const) {
      await child({ Operations: [operation], Constraints: IT });
    }
    await child({ Operations: ['GenerateDataKey'] });
    for (const more of [
      { Operations: ['Decrypt', 'Encrypt'] as const, Constraints: IT },
      { Operations: ['Decrypt'] as const },
      { Operations: ['Sign'] as const },
    ]) {
      await expect(child({ ...more, Operations: [...more.Operations] })).rejects.toMatchObject({
        name: expect.stringMatching(/AccessDenied|Validation/),
      });
    }
  });

  it('must be as strict in every spelling of a name', async () => {
    const KeyId = await newKey();
    const holder = await newUser(strongroom, root, nameOf('holder'));
    const subset = (EncryptionContextSubset: Record<string, string>) => ({
      Operations: ['CreateGrant' as const, 'Encrypt' as const],
      Constraints: { EncryptionContextSubset },
    });
    await grant(KeyId, { GranteePrincipal: holder.arn, ...subset({ t: '1' }) });
    const child = (context: Record<string, string>) =>
      grant(KeyId, { GranteePrincipal: alice.arn, ...subset(context) }, holder);
    await expect(child({ t: '1', T: '2' })).rejects.toMatchObject(DENIED);
    await expect(child({ T: '2', t: '1' })).rejects.toMatchObject(DENIED);
    await expect(child({ other: '1' })).rejects.toMatchObject(DENIED);
    await child({ t: '1', other: 'x' });
  });
});

it('alice has no right of her own', async () => {
  const KeyId = await newKey();
  await expect(encrypt(alice, KeyId)).rejects.toMatchObject(DENIED);
  await root.iam.send(
    new PutUserPolicyCommand({
      ...{ UserName: 'alice', PolicyName: 'p', PolicyDocument: allow('kms:Encrypt') },
    }),
  );
  await encrypt(alice, KeyId);
});
