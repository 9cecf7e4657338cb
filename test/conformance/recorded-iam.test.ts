import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf } from '../support/principals.js';
import { RawClient } from '../support/raw-client.js';
import { Strongroom } from '../support/strongroom.js';

/**
 * What IAM was recorded to answer: each row is a line of the shared reference's recorded-iam.md, sections
 * 5 and 6. How conditions are decided stands in test/authz/decisions, MFA in test/walkthrough/mfa.test.ts.
 */

let strongroom: Strongroom;
let raw: RawClient;

const BOUND = 'arn:aws:iam::111122223333:policy/bound';
const BOTH = 'arn:aws:iam::111122223333:policy/both';
const DOCUMENT = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }],
});

type Form = Readonly<Record<string, string>>;

async function send(Action: string, form: Form = {}) {
  const body = new URLSearchParams({ Action, Version: '2010-05-08', ...form }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return raw.call({ service: 'iam', body, headers });
}

async function ask(Action: string, form: Form = {}): Promise<string> {
  const { status, body } = await send(Action, form);
  expect(status, `${Action}: ${body}`).toBe(200);
  return body;
}

const all = (text: string, name: string) =>
  [...text.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, value]) => value);

beforeAll(async () => {
  strongroom = await Strongroom.start();
  raw = new RawClient(strongroom);
  for (const PolicyName of ['bound', 'both', 'free']) {
    await ask('CreatePolicy', { PolicyName, PolicyDocument: DOCUMENT });
  }
  for (const UserName of ['ann', 'ben']) await ask('CreateUser', { UserName });
  await ask('PutUserPermissionsBoundary', { UserName: 'ben', PermissionsBoundary: BOUND });
  await ask('AttachUserPolicy', { UserName: 'ann', PolicyArn: BOTH });
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '111122223333' } }],
  });
  await ask('CreateRole', { RoleName: 'role', AssumeRolePolicyDocument: trust });
  await ask('PutRolePermissionsBoundary', { RoleName: 'role', PermissionsBoundary: BOTH });
  await ask('CreateRole', { RoleName: 'free', AssumeRolePolicyDocument: trust });
});

afterAll(() => strongroom.dispose());

interface Refusal {
  readonly what: string;
  readonly action: string;
  readonly form: Form;
  readonly code: string;
  readonly text?: string;
}

const ann = { UserName: 'ann' };
const key = { ...ann, AccessKeyId: 'AKIA0123456789ABCDEF' };
const tag = (value: string) => ({
  ...{ ...ann, 'Tags.member.1.Key': 'k', 'Tags.member.1.Value': value },
});

const REFUSALS: readonly Refusal[] = [
  {
    ...{ what: 'no boundary to delete', action: 'DeleteUserPermissionsBoundary', form: ann },
    code: 'NoSuchEntity',
  },
  {
    ...{ what: 'no boundary to delete', action: 'DeleteRolePermissionsBoundary' },
    ...{ form: { RoleName: 'free' }, code: 'NoSuchEntity' },
  },
  {
    ...{ what: 'a policy that is not attached', action: 'DetachUserPolicy' },
    ...{ form: { ...ann, PolicyArn: BOUND }, code: 'NoSuchEntity' },
  },
  {
    ...{ what: 'a policy that is not attached', action: 'DetachRolePolicy' },
    ...{ form: { RoleName: 'role', PolicyArn: BOUND }, code: 'NoSuchEntity' },
  },
  {
    ...{ what: 'a status that nobody sets', action: 'UpdateAccessKey' },
    ...{ form: { ...key, Status: 'Expired' }, code: 'InvalidInput' },
  },
  { what: 'no tags', action: 'TagUser', form: ann, code: 'InvalidInput' },
  { what: 'no tags', action: 'TagUser', form: { ...ann, Tags: '' }, code: 'InvalidInput' },
  { what: 'no keys', action: 'UntagUser', form: ann, code: 'InvalidInput' },
  ...['e\u0301', 'a\nb', 'a*b'].map((value) => ({
    ...{ what: `the tag ${JSON.stringify(value)}`, action: 'TagUser', form: tag(value) },
    code: 'ValidationError',
  })),
  {
    ...{ what: 'the path //', action: 'CreateUser', form: { UserName: 'carl', Path: '//' } },
    code: 'ValidationError',
  },
  ...[' 1 ', '1.0', '1e0', '2147483648', ''].map((MaxItems) => ({
    ...{ what: `MaxItems '${MaxItems}'`, action: 'ListUsers', form: { MaxItems } },
    code: 'MalformedInput',
  })),
  ...['True', ''].map((OnlyAttached) => ({
    ...{ what: `OnlyAttached '${OnlyAttached}'`, action: 'ListPolicies', form: { OnlyAttached } },
    code: 'MalformedInput',
  })),
  ...(
    [
      ['one', 'Start of list found where not expected'],
      ['+1', 'Start of list found where not expected'],
      ['0', '0 is not a valid index'],
      ['-1', 'Key -1 may not have a leading &apos;-&apos;'],
      ['12', 'Excessively sparse input would skip 11 list elements'],
    ] as const
  ).map(([index, text]) => ({
    ...{ what: `member.${index}`, action: 'UntagUser', code: 'MalformedInput', text },
    form: { ...ann, [`TagKeys.member.${index}`]: 'k' },
  })),
  {
    ...{ what: 'a list with a gap', action: 'UntagUser', code: 'ValidationError' },
    form: { ...ann, 'TagKeys.member.1': 'a', 'TagKeys.member.3': 'c' },
  },
];

describe('IAM refuses as recorded', () => {
  it.each(REFUSALS)('$action: $what', async ({ action, form, code, text }) => {
    const { body } = await send(action, form);
    expect(all(body, 'Code')).toEqual([code]);
    if (text !== undefined) {
      expect(all(body, 'Message')[0]?.replaceAll('&#39;', '&apos;').replaceAll("'", '&apos;')).toBe(
        text,
      );
    }
  });
});

describe('IAM reads as recorded', () => {
  it.each(['1', '01', '+1'])('the integer %s', async (MaxItems) => {
    expect(all(await ask('ListUsers', { MaxItems }), 'UserName')).toEqual(['ann']);
  });

  it('member.01 as the first, and unknown parameters not at all', async () => {
    await ask('UntagUser', { ...ann, 'TagKeys.member.01': 'absent', Unknown: 'x' });
  });

  it('the path /a//b/ as it stands', async () => {
    const made = await ask('CreateUser', { UserName: 'dora', Path: '/a//b/' });
    expect(all(made, 'Path')).toEqual(['/a//b/']);
  });

  it('a description of 1,000 letters that are longer in UTF-8', async () => {
    const Description = 'é'.repeat(1000);
    await ask('UpdateRole', { RoleName: 'free', Description });
    await ask('UpdateRole', { RoleName: 'free' });
    const kept = all(await ask('GetRole', { RoleName: 'free' }), 'Description');
    expect(kept).toEqual([Description]);
    await ask('UpdateRole', { RoleName: 'free', Description: '' });
    expect(all(await ask('GetRole', { RoleName: 'free' }), 'Description').join('')).toBe('');
  });
});

describe('MFA devices', () => {
  it('are refused in the words that were recorded', async () => {
    const VirtualMFADeviceName = 'phone';
    const made = await ask('CreateVirtualMFADevice', { VirtualMFADeviceName });
    const [SerialNumber = ''] = all(made, 'SerialNumber');
    const [seed = ''] = all(made, 'Base32StringSeed');
    const code = (step: number) => codeOf(Buffer.from(seed, 'base64'), step);
    const enabling = { AuthenticationCode1: code(0), AuthenticationCode2: code(1), SerialNumber };
    await ask('EnableMFADevice', { ...ann, ...enabling });
    const refusals: [string, Form, string, string][] = [
      [
        'CreateVirtualMFADevice',
        { VirtualMFADeviceName },
        'EntityAlreadyExists',
        'MFA device already exists.',
      ],
      [
        'EnableMFADevice',
        { ...ann, ...enabling },
        'EntityAlreadyExists',
        'MFA Device for user ann already exists.',
      ],
      [
        'EnableMFADevice',
        { UserName: 'ben', ...enabling },
        'EntityAlreadyExists',
        'MFA Device is already in use.',
      ],
      [
        'DeactivateMFADevice',
        { UserName: 'ben', SerialNumber },
        'NoSuchEntity',
        'MFA Device invalid for user.',
      ],
      [
        'DeleteVirtualMFADevice',
        { SerialNumber },
        'DeleteConflict',
        'MFA VirtualDevice in use. Must deactivate first.',
      ],
      [
        'DeleteUser',
        ann,
        'DeleteConflict',
        'Cannot delete entity, must remove tokens from principal first.',
      ],
    ];
    await ask('CreateAccessKey', ann);
    for (const [action, form, name, text] of refusals) {
      const { body } = await send(action, form);
      expect([all(body, 'Code'), all(body, 'Message')], action).toEqual([[name], [text]]);
    }
  });
});

describe('a boundary counts as use', () => {
  it.each<[Form, string[]]>([
    [{}, ['both', 'bound', 'free']],
    [{ OnlyAttached: 'false', PolicyUsageFilter: 'PermissionsPolicy' }, ['both', 'bound', 'free']],
    [{ PolicyUsageFilter: 'PermissionsBoundary' }, ['both', 'bound', 'free']],
    [{ OnlyAttached: '1' }, ['both', 'bound']],
    [{ OnlyAttached: 'true', PolicyUsageFilter: 'PermissionsPolicy' }, ['both']],
    [{ OnlyAttached: 'true', PolicyUsageFilter: 'PermissionsBoundary' }, ['both', 'bound']],
  ])('ListPolicies with %j', async (form, names) => {
    const listed = await ask('ListPolicies', { Scope: 'Local', ...form });
    expect(all(listed, 'PolicyName').sort()).toEqual(names);
  });

  it.each<[string, Form, string[]]>([
    [BOTH, {}, ['ann', 'role']],
    [BOTH, { PolicyUsageFilter: 'PermissionsBoundary' }, ['role']],
    [BOTH, { PolicyUsageFilter: 'PermissionsPolicy' }, ['ann']],
    [BOTH, { EntityFilter: 'User' }, ['ann']],
    [BOTH, { EntityFilter: 'Role' }, ['role']],
    [BOTH, { EntityFilter: 'LocalManagedPolicy' }, []],
    [BOTH, { EntityFilter: 'AWSManagedPolicy' }, []],
    [BOTH, { PathPrefix: '/elsewhere/' }, []],
    [BOUND, {}, ['ben']],
  ])('ListEntitiesForPolicy of %s with %j', async (PolicyArn, form, names) => {
    const listed = await ask('ListEntitiesForPolicy', { PolicyArn, ...form });
    expect([...all(listed, 'UserName'), ...all(listed, 'RoleName')].sort()).toEqual(names);
  });
});
