/** Tags of all that IAM tags, by the real SDK: their rules, and what conditions see of them. */
import {
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  GetOpenIDConnectProviderCommand,
  type IAMClient,
  ListMFADeviceTagsCommand,
  ListOpenIDConnectProviderTagsCommand,
  ListPolicyTagsCommand,
  ListRoleTagsCommand,
  ListUserTagsCommand,
  PutUserPolicyCommand,
  type Tag,
  TagMFADeviceCommand,
  TagOpenIDConnectProviderCommand,
  TagPolicyCommand,
  TagRoleCommand,
  TagUserCommand,
  UntagMFADeviceCommand,
  UntagOpenIDConnectProviderCommand,
  UntagPolicyCommand,
  UntagRoleCommand,
  UntagUserCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allow, type Clients, clientsOf, document, newUser } from '../support/principals.js';
import { ACCOUNT_ID, Strongroom } from '../support/strongroom.js';

const trust = document({
  Effect: 'Allow',
  Principal: { AWS: ACCOUNT_ID },
  Action: 'sts:AssumeRole',
});

/** What can be tagged: how it is made with tags, and the calls about its tags. */
const KINDS = [
  {
    type: 'User',
    ignoresCase: true,
    make: async (iam: IAMClient, Tags: Tag[]) => {
      await iam.send(new CreateUserCommand({ UserName: 'tagged', Tags }));
      return 'tagged';
    },
    tag: (iam: IAMClient, UserName: string, Tags: Tag[]) =>
      iam.send(new TagUserCommand({ UserName, Tags })),
    untag: (iam: IAMClient, UserName: string, TagKeys: string[]) =>
      iam.send(new UntagUserCommand({ UserName, TagKeys })),
    list: (iam: IAMClient, UserName: string) => iam.send(new ListUserTagsCommand({ UserName })),
  },
  {
    type: 'Role',
    ignoresCase: true,
    make: async (iam: IAMClient, Tags: Tag[]) => {
      const AssumeRolePolicyDocument = trust;
      await iam.send(new CreateRoleCommand({ RoleName: 'tagged', AssumeRolePolicyDocument, Tags }));
      return 'tagged';
    },
    tag: (iam: IAMClient, RoleName: string, Tags: Tag[]) =>
      iam.send(new TagRoleCommand({ RoleName, Tags })),
    untag: (iam: IAMClient, RoleName: string, TagKeys: string[]) =>
      iam.send(new UntagRoleCommand({ RoleName, TagKeys })),
    list: (iam: IAMClient, RoleName: string) => iam.send(new ListRoleTagsCommand({ RoleName })),
  },
  {
    type: 'Policy',
    ignoresCase: false,
    make: async (iam: IAMClient, Tags: Tag[]) => {
      const PolicyDocument = allow('kms:ListKeys');
      const made = new CreatePolicyCommand({ PolicyName: 'tagged', PolicyDocument, Tags });
      return (await iam.send(made)).Policy?.Arn ?? '';
    },
    tag: (iam: IAMClient, PolicyArn: string, Tags: Tag[]) =>
      iam.send(new TagPolicyCommand({ PolicyArn, Tags })),
    untag: (iam: IAMClient, PolicyArn: string, TagKeys: string[]) =>
      iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys })),
    list: (iam: IAMClient, PolicyArn: string) => iam.send(new ListPolicyTagsCommand({ PolicyArn })),
  },
  {
    type: 'MFADevice',
    ignoresCase: false,
    make: async (iam: IAMClient, Tags: Tag[]) => {
      const made = new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'tagged', Tags });
      const { VirtualMFADevice } = await iam.send(made);
      expect(VirtualMFADevice?.Tags).toEqual(Tags);
      return VirtualMFADevice?.SerialNumber ?? '';
    },
    tag: (iam: IAMClient, SerialNumber: string, Tags: Tag[]) =>
      iam.send(new TagMFADeviceCommand({ SerialNumber, Tags })),
    untag: (iam: IAMClient, SerialNumber: string, TagKeys: string[]) =>
      iam.send(new UntagMFADeviceCommand({ SerialNumber, TagKeys })),
    list: (iam: IAMClient, SerialNumber: string) =>
      iam.send(new ListMFADeviceTagsCommand({ SerialNumber })),
  },
  {
    type: 'OpenIDConnectProvider',
    ignoresCase: false,
    make: async (iam: IAMClient, Tags: Tag[]) => {
      const Url = 'https://issuer.example/tagged';
      const made = await iam.send(new CreateOpenIDConnectProviderCommand({ Url, Tags }));
      const { OpenIDConnectProviderArn = '' } = made;
      const get = new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn });
      expect((await iam.send(get)).Tags).toEqual(Tags);
      return OpenIDConnectProviderArn;
    },
    tag: (iam: IAMClient, OpenIDConnectProviderArn: string, Tags: Tag[]) =>
      iam.send(new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags })),
    untag: (iam: IAMClient, OpenIDConnectProviderArn: string, TagKeys: string[]) =>
      iam.send(new UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, TagKeys })),
    list: (iam: IAMClient, OpenIDConnectProviderArn: string) =>
      iam.send(new ListOpenIDConnectProviderTagsCommand({ OpenIDConnectProviderArn })),
  },
];

let strongroom: Strongroom;
let root: Clients;
let limited: Clients;

beforeAll(async () => {
  strongroom = await Strongroom.start();
  root = clientsOf(strongroom, await strongroom.credentials());
  limited = await newUser(strongroom, root, 'limited');
});
afterAll(() => strongroom?.dispose());

const tags = (members: Record<string, string>): Tag[] =>
  Object.entries(members).map(([Key, Value]) => ({ Key, Value }));

/** Gives the limited user this policy, and no other. */
const limitTo = (PolicyDocument: string) =>
  root.iam.send(new PutUserPolicyCommand({ UserName: 'limited', PolicyName: 'p', PolicyDocument }));
const refused = { name: 'AccessDenied' };

describe.each(KINDS)('$type', ({ type, ignoresCase, make, tag, untag, list }) => {
  let id: string;
  const shown = async () =>
    (await list(root.iam, id)).Tags?.toSorted((a, b) => (`${a.Key}` < `${b.Key}` ? -1 : 1));

  it('is made with tags, which are added, replaced, removed and listed', async () => {
    id = await make(root.iam, tags({ Team: 'blue' }));
    expect(await shown()).toEqual(tags({ Team: 'blue' }));
    await tag(root.iam, id, tags({ team: 'red', Été: '' }));
    expect(await shown()).toEqual(
      tags(ignoresCase ? { team: 'red', Été: '' } : { Team: 'blue', team: 'red', Été: '' }),
    );
    await untag(root.iam, id, ['Été', 'never there']);
    await untag(root.iam, id, ['Team']);
    expect(await shown()).toEqual(tags(ignoresCase ? {} : { team: 'red' }));
  });

  it.each<[string, Record<string, string>, string]>([
    ['no tag', {}, 'InvalidInputException'],
    ['a name of AWS’s', { 'AWS:team': 'x' }, 'InvalidInputException'],
    ['a value with a star', { team: '*' }, 'ValidationError'],
    ['a value of two lines', { team: 'a\nb' }, 'ValidationError'],
    ['a key with a combining mark', { 'e\u0301': '' }, 'ValidationError'],
    ['a value of 257 characters', { team: 'x'.repeat(257) }, 'ValidationError'],
    [
      '51 tags',
      Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`k${at}`, ''])),
      'ValidationError',
    ],
    [
      '50 more tags',
      Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`k${at}`, ''])),
      'LimitExceededException',
    ],
  ])('takes none of them: %s', async (_, members, name) => {
    await tag(root.iam, id, tags({ stays: '' }));
    await expect(tag(root.iam, id, tags(members))).rejects.toMatchObject({ name });
    expect(await shown()).toContainEqual({ Key: 'stays', Value: '' });
  });

  it('removes no key less than one', async () => {
    await expect(untag(root.iam, id, [])).rejects.toMatchObject({ name: 'InvalidInputException' });
  });

  it('is tagged with what aws:RequestTag and aws:TagKeys let through', async () => {
    const Condition = {
      StringEquals: { 'aws:RequestTag/team': 'blue' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] },
    };
    await limitTo(allow(`iam:Tag${type}`, '*', { Condition }));
    await tag(limited.iam, id, tags({ team: 'blue' }));
    for (const members of [{ team: 'red' }, { team: 'blue', other: '' }, { other: '' }]) {
      await expect(tag(limited.iam, id, tags(members))).rejects.toMatchObject(refused);
    }
  });

  it('loses the tags that aws:TagKeys lets go', async () => {
    const Condition = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['gone'] } };
    await limitTo(allow(`iam:Untag${type}`, '*', { Condition }));
    await untag(limited.iam, id, ['gone']);
    await expect(untag(limited.iam, id, ['gone', 'team'])).rejects.toMatchObject(refused);
  });

  // Service Authorization Reference: iam:ResourceTag is of users and roles.
  it('is known by its own tags to the ResourceTag keys that it has', async () => {
    const iamToo = type === 'User' || type === 'Role';
    const by = (prefix: string) =>
      allow(`iam:List${type}Tags`, '*', {
        Condition: { StringEquals: { [`${prefix}:ResourceTag/team`]: 'blue' } },
      });
    await tag(root.iam, id, tags({ team: 'blue' }));
    await limitTo(by('iam'));
    const listed = list(limited.iam, id);
    if (iamToo) await expect(listed).resolves.toHaveProperty('Tags');
    else await expect(listed).rejects.toMatchObject(refused);
  });

  it('is known by its own tags to aws:ResourceTag', async () => {
    const allowed = (team: string) =>
      limitTo(
        allow(`iam:List${type}Tags`, '*', {
          Condition: { StringEquals: { 'aws:ResourceTag/team': team } },
        }),
      );
    await tag(root.iam, id, tags({ team: 'blue' }));
    await allowed('blue');
    await expect(list(limited.iam, id)).resolves.toHaveProperty('Tags');
    await allowed('red');
    await expect(list(limited.iam, id)).rejects.toMatchObject(refused);
    const Deny = {
      Effect: 'Deny',
      Action: 'iam:*',
      Resource: '*',
      Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } },
    };
    await limitTo(document({ Effect: 'Allow', Action: 'iam:*', Resource: '*' }, Deny));
    await expect(list(limited.iam, id)).rejects.toMatchObject(refused);
  });
});

it('what is made with tags needs the permission to tag', async () => {
  const { iam } = limited;
  const made = (VirtualMFADeviceName: string, Tags: Tag[]) =>
    iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName, Tags }));
  await limitTo(allow('iam:CreateVirtualMFADevice'));
  await made('plain', []);
  await expect(made('tagged-too', tags({ team: 'blue' }))).rejects.toMatchObject(refused);
  await limitTo(allow(['iam:CreateVirtualMFADevice', 'iam:TagMFADevice']));
  await made('tagged-too', tags({ team: 'blue' }));
});

it('a provider is made on its own ARN', async () => {
  const create = (Url: string) => limited.iam.send(new CreateOpenIDConnectProviderCommand({ Url }));
  const arn = `arn:aws:iam::${ACCOUNT_ID}:oidc-provider/good.example/*`;
  await limitTo(allow('iam:CreateOpenIDConnectProvider', arn));
  await create('https://good.example/ci');
  await expect(create('https://bad.example/ci')).rejects.toMatchObject(refused);
});
