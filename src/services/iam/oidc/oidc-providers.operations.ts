/** OpenID Connect providers, whose tokens AssumeRoleWithWebIdentity takes. Source: IAM API Reference. */
import { Type } from 'typebox';
import { Timestamp } from '../../../declare/shape-kinds.js';
import type { Scope } from '../../../kernel/scope.js';
import { entityArn, parseIamArn } from '../directory/arns.js';
import type { Directory, DirectoryReader } from '../directory/directory.js';
import type { OidcProvider } from '../directory/entities.js';
import { checkNew } from '../directory/entity-rules.js';
import { Arn, Nothing, Tags } from '../directory/shapes.js';
import { requestTags, tagList, withTags } from '../directory/tags.js';
import { actsOnAccount, actsOnArn, withTagging } from '../entities/access.js';
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

/** The provider's name: its URL without scheme. @throws ServiceError InvalidInput */
function nameOf(url: string): string {
  const name = url.length <= 255 ? URL_PATTERN.exec(url)?.[1] : undefined;
  if (name !== undefined) return name;
  throw iamError('ValidationError', 'Invalid Open ID Connect Provider URL');
}

/** The provider with this ARN. @throws ServiceError NoSuchEntity */
async function requireProvider(
  directory: DirectoryReader,
  { partition, accountId }: Scope,
  arn: string,
): Promise<OidcProvider> {
  const parsed = parseIamArn(arn);
  const name = parsed && `${parsed.path.slice(1)}${parsed.name}`;
  const found =
    name === undefined ? undefined : await directory.find('oidc-provider', accountId, name);
  if (found && entityArn(partition, found) === arn) return found;
  throw iamError('NoSuchEntity', `OpenIDConnect Provider not found for arn ${arn}`);
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
    ...actsOnAccount('oidc-provider'),
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
    const name = nameOf(input.Url);
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
        tags: withTags({}, input.Tags),
        clientIds: [...new Set(input.ClientIDList)],
        thumbprints: (input.ThumbprintList ?? []).map((each) => each.toLowerCase()),
      });
    });
    return { OpenIDConnectProviderArn: arn, ...(input.Tags && { Tags: input.Tags }) };
  },
});

const getProvider = defineIamOperation({
  service: 'iam',
  name: 'GetOpenIDConnectProvider',
  summary: 'Describes a provider.',
  input: Type.Object({ OpenIDConnectProviderArn }),
  output: Type.Object({
    Url: Type.String(),
    ClientIDList: ClientIds,
    ThumbprintList: Thumbprints,
    CreateDate: Timestamp,
    Tags,
  }),
  access: actsOnArn('OpenIDConnectProviderArn'),
  readOnly: true,
  audit: { request: ['OpenIDConnectProviderArn'], response: null },
  async run({ input, scope }, { directory }: Uses<'directory'>) {
    const found = await requireProvider(directory, scope, input.OpenIDConnectProviderArn);
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

const deleteProvider = defineIamOperation({
  service: 'iam',
  name: 'DeleteOpenIDConnectProvider',
  summary: 'Trusts an issuer no longer.',
  input: Type.Object({ OpenIDConnectProviderArn }),
  output: 'nothing',
  access: actsOnArn('OpenIDConnectProviderArn'),
  readOnly: false,
  audit: { request: ['OpenIDConnectProviderArn'], response: null },
  async run({ input, scope }, { directory }: Uses<'directory'>) {
    await directory.change(async (transaction) => {
      const arn = input.OpenIDConnectProviderArn;
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

const addClientId = defineIamOperation({
  service: 'iam',
  name: 'AddClientIDToOpenIDConnectProvider',
  summary: 'Takes tokens for one more audience.',
  input: Type.Object({ OpenIDConnectProviderArn, ClientID: ClientId }),
  output: 'nothing',
  access: actsOnArn('OpenIDConnectProviderArn'),
  readOnly: false,
  audit: { request: ['OpenIDConnectProviderArn', 'ClientID'], response: null },
  async run({ input, scope }, { directory }: Uses<'directory'>) {
    const { OpenIDConnectProviderArn: arn, ClientID: added } = input;
    await changeProvider(directory, scope, arn, ({ clientIds }) => ({
      clientIds: [...new Set([...clientIds, added])],
    }));
    return {};
  },
});

const removeClientId = defineIamOperation({
  service: 'iam',
  name: 'RemoveClientIDFromOpenIDConnectProvider',
  summary: 'Takes tokens for an audience no longer.',
  input: Type.Object({ OpenIDConnectProviderArn, ClientID: ClientId }),
  output: 'nothing',
  access: actsOnArn('OpenIDConnectProviderArn'),
  readOnly: false,
  audit: { request: ['OpenIDConnectProviderArn', 'ClientID'], response: null },
  async run({ input, scope }, { directory }: Uses<'directory'>) {
    const { OpenIDConnectProviderArn: arn, ClientID: removed } = input;
    await changeProvider(directory, scope, arn, ({ clientIds }) => ({
      clientIds: clientIds.filter((each) => each !== removed),
    }));
    return {};
  },
});

const updateThumbprint = defineIamOperation({
  service: 'iam',
  name: 'UpdateOpenIDConnectProviderThumbprint',
  summary: "Names the certificates that may stand at the top of the issuer's chain.",
  input: Type.Object({ OpenIDConnectProviderArn, ThumbprintList: Thumbprints }),
  output: 'nothing',
  access: actsOnArn('OpenIDConnectProviderArn'),
  readOnly: false,
  audit: { request: ['OpenIDConnectProviderArn', 'ThumbprintList'], response: null },
  async run({ input, scope }, { directory }: Uses<'directory'>) {
    const thumbprints = input.ThumbprintList.map((each) => each.toLowerCase());
    await changeProvider(directory, scope, input.OpenIDConnectProviderArn, () => ({ thumbprints }));
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
];
