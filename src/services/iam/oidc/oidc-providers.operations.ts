/** OpenID Connect providers, whose tokens AssumeRoleWithWebIdentity takes. Source: IAM API Reference. */
import { Type } from 'typebox';
import { Timestamp } from '../../../declare/shape-kinds.js';
import type { Scope } from '../../../kernel/scope.js';
import { allOfKindArn, entityArn } from '../directory/arns.js';
import { requireProvider } from '../directory/by-arn.js';
import type { Directory } from '../directory/directory.js';
import type { OidcProvider } from '../directory/entities.js';
import { checkNew } from '../directory/entity-rules.js';
import { Arn, Nothing, Tags } from '../directory/shapes.js';
import { requestTags, tagList, withTags } from '../directory/tags.js';
import { actsOnAccount, withTagging } from '../entities/access.js';
import { onEntity } from '../entities/on-entity.js';
import { tagOperations } from '../entities/tags.operations.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';

const ClientId = Type.String({ minLength: 1, maxLength: 255 });
const ClientIds = Type.Array(ClientId, { maxItems: 100 });
const Thumbprints = Type.Array(
  Type.String({ minLength: 40, maxLength: 40, pattern: '^[0-9a-fA-F]{40}$' }),
  { maxItems: 5 },
);
const OpenIDConnectProviderArn = Arn;

const URL_PATTERN = /^https:\/\/([A-Za-z0-9.-]{1,253}(?::\d{1,5})?(?:\/[\w.~%-]+)*)\/?$/;

/** The provider's name: its URL without scheme. Undefined: it is no such URL. */
function nameIn(url: string): string | undefined {
  return url.length <= 255 ? URL_PATTERN.exec(url)?.[1] : undefined;
}

const createProvider = defineIamOperation({
  service: 'iam',
  name: 'CreateOpenIDConnectProvider',
  summary: 'Trusts the tokens of an issuer.',
  input: Type.Object({
    Url: Type.String({ minLength: 1, maxLength: 255 }),
    ClientIDList: Type.Optional(ClientIds),
    ThumbprintList: Type.Optional(Thumbprints),
    Tags: Type.Optional(Tags),
  }),
  output: Type.Object({ OpenIDConnectProviderArn, Tags: Type.Optional(Tags) }),
  access: {
    by: 'identity',
    resource: ({ Url: url }, { scope: { partition, accountId } }) => {
      const name = nameIn(url);
      return name === undefined
        ? allOfKindArn(partition, accountId, 'oidc-provider')
        : entityArn(partition, { kind: 'oidc-provider', accountId, path: '/', name });
    },
    ...withTagging('iam:TagOpenIDConnectProvider'),
    conditions: (input) => ({ tags: requestTags(input.Tags) }),
  },
  readOnly: false,
  audit: {
    request: ['Url', 'ClientIDList', 'ThumbprintList', 'Tags'],
    response: ['OpenIDConnectProviderArn'],
  },
  async run(
    { input, scope: { accountId, partition } },
    { directory, wallClock }: Uses<'directory' | 'wallClock'>,
  ) {
    const name = nameIn(input.Url);
    if (name === undefined) {
      throw iamError('ValidationError', 'Invalid Open ID Connect Provider URL');
    }
    const place = { kind: 'oidc-provider', accountId, path: '/', name } as const;
    const arn = entityArn(partition, place);
    await directory.change(async (transaction) => {
      if (await transaction.find('oidc-provider', accountId, name)) {
        throw iamError('EntityAlreadyExists', `Provider with url ${input.Url} already exists.`);
      }
      await checkNew(transaction, 'oidc-provider', accountId, name);
      await transaction.put({
        ...place,
        uniqueId: arn,
        createdAt: new Date(wallClock()),
        tags: withTags('oidc-provider', {}, input.Tags),
        clientIds: [...new Set(input.ClientIDList)],
        thumbprints: (input.ThumbprintList ?? []).map((each) => each.toLowerCase()),
      });
    });
    return { OpenIDConnectProviderArn: arn, ...(input.Tags && { Tags: input.Tags }) };
  },
});

const getProvider = onEntity('oidc-provider', 'GetOpenIDConnectProvider', {
  summary: 'Describes a provider.',
  output: Type.Object({
    Url: Type.String(),
    ClientIDList: ClientIds,
    ThumbprintList: Thumbprints,
    CreateDate: Timestamp,
    Tags,
  }),
  readOnly: true,
  async run({ name: arn, scope }, { directory }: Uses<'directory'>) {
    const found = await requireProvider(directory, scope, arn);
    return {
      Url: found.name,
      ClientIDList: [...found.clientIds],
      ThumbprintList: [...found.thumbprints],
      CreateDate: found.createdAt,
      Tags: tagList(found.tags),
    };
  },
});

const listProviders = defineIamOperation({
  service: 'iam',
  name: 'ListOpenIDConnectProviders',
  summary: 'Lists the providers of the account.',
  input: Nothing,
  output: Type.Object({
    OpenIDConnectProviderList: Type.Array(Type.Object({ Arn })),
  }),
  access: actsOnAccount('oidc-provider'),
  readOnly: true,
  audit: { request: [], response: null },
  async run({ scope: { accountId } }, { directory }: Uses<'directory'>) {
    const providers = await directory.list('oidc-provider', accountId);
    return { OpenIDConnectProviderList: providers.map(({ uniqueId }) => ({ Arn: uniqueId })) };
  },
});

const deleteProvider = onEntity('oidc-provider', 'DeleteOpenIDConnectProvider', {
  summary: 'Trusts an issuer no longer.',
  output: 'nothing',
  async run({ name: arn, scope }, { directory }: Uses<'directory'>) {
    await directory.change(async (transaction) => {
      await transaction.remove(await requireProvider(transaction, scope, arn));
    });
    return {};
  },
});

/** @throws ServiceError NoSuchEntity */
function changeProvider(
  directory: Directory,
  scope: Scope,
  arn: string,
  change: (provider: OidcProvider) => Partial<OidcProvider>,
): Promise<void> {
  return directory.change(async (transaction) => {
    const found = await requireProvider(transaction, scope, arn);
    await transaction.put({ ...found, ...change(found) });
  });
}

const addClientId = onEntity('oidc-provider', 'AddClientIDToOpenIDConnectProvider', {
  summary: 'Takes tokens for one more audience.',
  members: { ClientID: ClientId },
  output: 'nothing',
  async run({ input, name: arn, scope }, { directory }: Uses<'directory'>) {
    await changeProvider(directory, scope, arn, ({ clientIds }) => ({
      clientIds: [...new Set([...clientIds, input.ClientID])],
    }));
    return {};
  },
});

const removeClientId = onEntity('oidc-provider', 'RemoveClientIDFromOpenIDConnectProvider', {
  summary: 'Takes tokens for an audience no longer.',
  members: { ClientID: ClientId },
  output: 'nothing',
  async run({ input, name: arn, scope }, { directory }: Uses<'directory'>) {
    await changeProvider(directory, scope, arn, ({ clientIds }) => ({
      clientIds: clientIds.filter((each) => each !== input.ClientID),
    }));
    return {};
  },
});

const updateThumbprint = onEntity('oidc-provider', 'UpdateOpenIDConnectProviderThumbprint', {
  summary: "Names the certificates that may stand at the top of the issuer's chain.",
  members: { ThumbprintList: Thumbprints },
  output: 'nothing',
  async run({ input, name: arn, scope }, { directory }: Uses<'directory'>) {
    const thumbprints = input.ThumbprintList.map((each) => each.toLowerCase());
    await changeProvider(directory, scope, arn, () => ({ thumbprints }));
    return {};
  },
});

export const oidcOperations: readonly IamOperation[] = [
  createProvider,
  getProvider,
  listProviders,
  deleteProvider,
  addClientId,
  removeClientId,
  updateThumbprint,
  ...tagOperations('oidc-provider'),
];
