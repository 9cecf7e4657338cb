/** The Resource Groups Tagging API by AWS's own SDK. Source: recorded-iam-cloudtrail-tagging.md §2. */
import { join } from 'node:path';
import { PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateKeyCommand,
  ListResourceTagsCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-kms';
import {
  GetResourcesCommand,
  type GetResourcesCommandInput,
  GetTagKeysCommand,
  GetTagValuesCommand,
  ResourceGroupsTaggingAPIClient,
  TagResourcesCommand,
  UntagResourcesCommand,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditRecordsIn } from '../../support/audit-records.js';
import {
  type Clients,
  clientsOf,
  credentialsIn,
  document,
  newUser,
} from '../../support/principals.js';
import { RawClient } from '../../support/raw-client.js';
import { ACCOUNT_ID, REGION, Strongroom } from '../../support/strongroom.js';

const OTHER = '444455556666';
const ABSENT = `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/00000000-0000-0000-0000-000000000000`;

let strongroom: Strongroom;
let root: Clients;
let tags: ResourceGroupsTaggingAPIClient;
beforeAll(async () => {
  strongroom = await Strongroom.start({ yaml: { accounts: [OTHER] } });
  root = clientsOf(strongroom, await strongroom.credentials());
  tags = taggingClient(root);
});
afterAll(() => strongroom?.dispose());

function taggingClient({ credentials }: Clients): ResourceGroupsTaggingAPIClient {
  const { accessKeyId, secretAccessKey } = credentials;
  return new ResourceGroupsTaggingAPIClient({
    ...{ endpoint: strongroom.endpoint, region: REGION, maxAttempts: 1 },
    credentials: { accessKeyId, secretAccessKey },
  });
}

async function newKey(of: Readonly<Record<string, string>> = {}, by = root): Promise<string> {
  const Tags = Object.entries(of).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
  const { KeyMetadata } = await by.kms.send(new CreateKeyCommand({ Tags }));
  return KeyMetadata?.Arn ?? '';
}

/** Each test's keys have a tag of its own, since all of them are one account's. */
const filter = (Key: string, ...Values: string[]) => ({
  Key,
  ...(Values.length > 0 && { Values }),
});

async function listed(input: GetResourcesCommandInput, by = tags) {
  const { ResourceTagMappingList = [], PaginationToken } = await by.send(
    new GetResourcesCommand(input),
  );
  return {
    arns: ResourceTagMappingList.map(({ ResourceARN }) => ResourceARN),
    all: ResourceTagMappingList,
    token: PaginationToken,
  };
}

describe('GetResources', () => {
  it('lists what has tags or has had them, not what never had', async () => {
    const tagged = await newKey({ kind: 'tagged', also: '' });
    const once = await newKey({ kind: 'once' });
    const later = await newKey();
    const never = await newKey();
    await root.kms.send(new UntagResourceCommand({ KeyId: once, TagKeys: ['kind'] }));
    await root.kms.send(
      new TagResourceCommand({ KeyId: later, Tags: [{ TagKey: 'kind', TagValue: 'later' }] }),
    );
    const { all, token } = await listed({ ResourceARNList: [tagged, once, later, never, ABSENT] });
    expect(token).toBe('');
    expect(new Map(all.map(({ ResourceARN, Tags }) => [ResourceARN, Tags]))).toEqual(
      new Map([
        [
          tagged,
          [
            { Key: 'also', Value: '' },
            { Key: 'kind', Value: 'tagged' },
          ],
        ],
        [once, []],
        [later, [{ Key: 'kind', Value: 'later' }]],
      ]),
    );
    expect((await listed({})).arns).toEqual(expect.arrayContaining([tagged, once, later]));
    expect((await listed({})).arns).not.toContain(never);
  });

  it('lists a key that awaits deletion, and of each account its own', async () => {
    const KeyId = await newKey({ doomed: 'yes' });
    await root.kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
    expect((await listed({ TagFilters: [filter('doomed')] })).arns).toEqual([KeyId]);
    const stranger = clientsOf(
      strongroom,
      await credentialsIn(strongroom, `accounts/${OTHER}.credentials`),
    );
    expect(await listed({}, taggingClient(stranger))).toMatchObject({ arns: [], token: '' });
    const asked = await listed({ ResourceARNList: [KeyId] }, taggingClient(stranger));
    expect(asked.arns).toEqual([]);
  });

  it('wants all filters, and of each one of its values', async () => {
    const [a, b, c] = await Promise.all([
      newKey({ team: 'red', size: 's' }),
      newKey({ team: 'blue', size: 's' }),
      newKey({ team: 'blue' }),
    ]);
    const cases: [ReturnType<typeof filter>[], (string | undefined)[]][] = [
      [[filter('team')], [a, b, c]],
      [[filter('team', 'red')], [a]],
      [[filter('team', 'red', 'blue')], [a, b, c]],
      [[filter('team', 'blue'), filter('size')], [b]],
      [[filter('team', 'Red')], []],
      [[filter('Team')], []],
      [[filter('team', 'red'), filter('team', 'blue')], []],
    ];
    for (const [TagFilters, arns] of cases) {
      expect((await listed({ TagFilters })).arns.sort()).toEqual([...arns].sort());
    }
  });

  it.each([
    [['kms'], 1],
    [['kms:key'], 1],
    [['ssm:parameter', 'kms:key'], 1],
    [['kms:alias'], 0],
    [['km'], 0],
    [['ec2'], 0],
  ])('of types %j finds %i', async (ResourceTypeFilters, count) => {
    const arn = await newKey({ [`type-${ResourceTypeFilters.join()}`]: '' });
    const TagFilters = [filter(`type-${ResourceTypeFilters.join()}`)];
    const { arns } = await listed({ ResourceTypeFilters, TagFilters });
    expect(arns).toEqual(count === 1 ? [arn] : []);
  });

  it('gives every one once, in pages by resources or by tags', async () => {
    const many = Object.fromEntries(Array.from({ length: 48 }, (_, at) => [`many-${at}`, '']));
    const arns = await Promise.all(
      Array.from({ length: 5 }, () => newKey({ ...many, paged: 'yes' })),
    );
    for (const [size, pages] of [
      [{ ResourcesPerPage: 2 }, [2, 2, 1]],
      [{ ResourcesPerPage: 5 }, [5]],
      // Of 49 tags each, two resources.
      [{ TagsPerPage: 100 }, [2, 2, 1]],
    ] as const) {
      const seen: (string | undefined)[][] = [];
      let PaginationToken: string | undefined = '';
      do {
        const page = await listed({ TagFilters: [filter('paged')], ...size, PaginationToken });
        seen.push(page.arns);
        PaginationToken = page.token;
      } while (PaginationToken !== '');
      expect(seen.map(({ length }) => length)).toEqual(pages);
      expect(seen.flat().sort()).toEqual([...arns].sort());
    }
  });

  it('goes on only with the token of the same question', async () => {
    await Promise.all([newKey({ again: '' }), newKey({ again: '' })]);
    const question = { TagFilters: [filter('again')], ResourcesPerPage: 1 };
    const { token: PaginationToken } = await listed(question);
    expect((await listed({ ...question, PaginationToken })).arns).toHaveLength(1);
    for (const other of [
      { ...question, TagFilters: [filter('paged')] },
      { ...question, PaginationToken: 'bm9uc2Vuc2U=' },
      { ...question, PaginationToken: `${PaginationToken} ` },
    ]) {
      await expect(listed({ PaginationToken, ...other })).rejects.toMatchObject({
        name: 'InvalidParameterException',
      });
    }
  });

  it('says that nothing offends against tag policies', async () => {
    await newKey({ lawful: '' });
    const TagFilters = [filter('lawful')];
    const { all } = await listed({ TagFilters, IncludeComplianceDetails: true });
    expect(all[0]?.ComplianceDetails).toEqual({
      ComplianceStatus: true,
      ...{ NoncompliantKeys: [], KeysWithNoncompliantValues: [], MissingTagKeys: [] },
    });
    const strict = { IncludeComplianceDetails: true, ExcludeCompliantResources: true };
    expect((await listed({ TagFilters, ...strict })).arns).toEqual([]);
  });
});

const CORAL = 'com.amazon.coral.validate#ValidationException';
const ROUTER = 'com.amazonaws.tagging.router.service.model.v20170126#InvalidParameterException';
const list = { ResourceARNList: [ABSENT] };
const REFUSALS: readonly (readonly [
  operation: string,
  input: object,
  type: string,
  text: string,
])[] = [
  [
    'GetResources',
    { ...list, ResourcesPerPage: 5 },
    ROUTER,
    'Page size is not supported with ResourceARNList.',
  ],
  [
    'GetResources',
    { ...list, TagFilters: [{ Key: 'a' }] },
    ROUTER,
    'Filters is not allowed when providing a resource list.',
  ],
  [
    'GetResources',
    { ...list, ResourceTypeFilters: ['kms'] },
    ROUTER,
    'ResourceTypeFilters is not allowed when providing a ResourceARNList.',
  ],
  [
    'GetResources',
    { ResourceARNList: ['invalid'] },
    ROUTER,
    'invalid is not a valid AmazonResourceName (ARN)',
  ],
  ['GetResources', { ResourceTypeFilters: [''] }, ROUTER, ' is unsupported ResourceType.'],
  [
    'GetResources',
    { ExcludeCompliantResources: true },
    ROUTER,
    'You must specify the IncludeComplianceDetails parameter and set it to true.',
  ],
  [
    'GetResources',
    { TagFilters: [{ Key: '' }] },
    CORAL,
    "1 validation error detected: Value '' at 'tagFilters.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
  [
    'TagResources',
    { ResourceARNList: ['invalid'], Tags: { a: '' } },
    ROUTER,
    'invalid is not a valid AmazonResourceName (ARN)',
  ],
  [
    'TagResources',
    { ...list, Tags: { 'aws:a': '' } },
    ROUTER,
    "The caller isn't allowed to modify system tags.",
  ],
  [
    'UntagResources',
    { ...list, TagKeys: ['AWS:a'] },
    ROUTER,
    "The caller isn't allowed to modify system tags.",
  ],
  [
    'TagResources',
    { ...list, Tags: {} },
    CORAL,
    "1 validation error detected: Value '{}' at 'tags' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
  [
    'TagResources',
    { ...list, Tags: { ['k'.repeat(129)]: '' } },
    CORAL,
    `1 validation error detected: Value '{${'k'.repeat(129)}=}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]`,
  ],
  [
    'TagResources',
    { Tags: { a: '' } },
    CORAL,
    "1 validation error detected: Value null at 'resourceARNList' failed to satisfy constraint: Member must not be null",
  ],
];

it.each(REFUSALS)('%s of %j is refused as AWS does', async (operation, input, __type, text) => {
  const { status, body } = await new RawClient(strongroom).call({
    service: 'tagging',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `ResourceGroupsTaggingAPI_20170126.${operation}`,
    },
    body: JSON.stringify(input),
  });
  const member = __type === CORAL ? 'message' : 'Message';
  expect({ status, ...JSON.parse(body) }).toEqual({ status: 400, __type, [member]: text });
});

describe('TagResources and UntagResources', () => {
  it('tag each by its own service, and tell what failed', async () => {
    const arn = await newKey();
    const foreign = `arn:aws:s3:::bucket`;
    const { FailedResourcesMap } = await tags.send(
      new TagResourcesCommand({
        ResourceARNList: [ABSENT, arn, foreign],
        Tags: { stage: 'test', owner: 'me' },
      }),
    );
    expect(FailedResourcesMap).toEqual({
      [ABSENT]: {
        ...{ ErrorCode: 'NotFoundException', StatusCode: 400 },
        ErrorMessage: `Key '${ABSENT}' does not exist`,
      },
      [foreign]: {
        ...{ ErrorCode: 'InvalidParameterException', StatusCode: 400 },
        ErrorMessage: 'The resource type of the ARN is not supported.',
      },
    });
    const untag = { ResourceARNList: [arn], TagKeys: ['stage', 'absent'] };
    expect((await tags.send(new UntagResourcesCommand(untag))).FailedResourcesMap).toEqual({});
    const { Tags } = await root.kms.send(new ListResourceTagsCommand({ KeyId: arn }));
    expect(Tags).toEqual([{ TagKey: 'owner', TagValue: 'me' }]);
  });

  it('act as the caller, who needs the permission of both services', async () => {
    const arn = await newKey({ guarded: 'by both' });
    const tag = new TagResourcesCommand({ ResourceARNList: [arn], Tags: { got: 'in' } });
    const as = async (UserName: string, ...statements: readonly object[]) => {
      const user = await newUser(strongroom, root, UserName);
      const PolicyDocument = document(...statements);
      await root.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }));
      return taggingClient(user);
    };
    const may = (...Action: string[]) => ({ Effect: 'Allow', Action, Resource: '*' });
    const router = await as('router', may('tag:*'));
    expect((await router.send(tag)).FailedResourcesMap?.[arn]).toMatchObject({
      ErrorCode: 'AccessDeniedException',
      ErrorMessage: expect.stringContaining('kms:TagResource'),
    });
    const keeper = await as('keeper', may('kms:*'));
    await expect(keeper.send(tag)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const { arns } = await listed({ ResourceARNList: [arn] }, router);
    expect(arns).toEqual([arn]);
    const both = await as('both', may('tag:TagResources'), {
      ...may('kms:TagResource'),
      Condition: { StringEquals: { 'aws:RequestTag/got': 'in' } },
    });
    expect((await both.send(tag)).FailedResourcesMap).toEqual({});
    await expect(listed({}, both)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const records = await auditRecordsIn(join(strongroom.dataDir, 'audit'));
    const shown = (eventName: string, userName: string) =>
      records.find(
        (record) =>
          record.eventName === eventName && Object(record.userIdentity).userName === userName,
      );
    expect(shown('TagResources', 'both')).toMatchObject({
      eventSource: 'tagging.amazonaws.com',
      readOnly: false,
      requestParameters: { resourceARNList: [arn], tags: { got: 'in' } },
    });
    expect(shown('TagResource', 'both')).toMatchObject({
      eventSource: 'kms.amazonaws.com',
      sourceIPAddress: 'tagging.amazonaws.com',
      resources: [{ ARN: arn }],
    });
  });
});

it('lists tag keys and the values of one, in order, each once', async () => {
  await Promise.all([
    newKey({ 'named-b': '2', 'named-a': '' }),
    newKey({ 'named-b': '10' }),
    newKey({ 'named-b': '2' }),
  ]);
  const { TagKeys, PaginationToken } = await tags.send(new GetTagKeysCommand({}));
  expect(PaginationToken).toBe('');
  expect(TagKeys?.filter((key) => key.startsWith('named-'))).toEqual(['named-a', 'named-b']);
  const values = async (Key: string) => {
    const { TagValues } = await tags.send(new GetTagValuesCommand({ Key, PaginationToken: '' }));
    return TagValues;
  };
  expect(await values('named-b')).toEqual(['10', '2']);
  expect(await values('named-a')).toEqual(['']);
  expect(await values('named-c')).toEqual([]);
});
