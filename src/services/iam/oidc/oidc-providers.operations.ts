/** OpenID Connect providers, whose tokens AssumeRoleWithWebIdentity takes. Source: IAM API Reference. */
import { Type } from 'typebox';
import { entityArn, parseIamArn } from '../directory/arns.js';
import type { DirectoryReader } from '../directory/directory.js';
import type { OidcProvider } from '../directory/entities.js';
import { checkNew } from '../directory/entity-rules.js';
import { Arn, Nothing, Output, Tags } from '../directory/shapes.js';
import { requestTags, tagList, withTags } from '../directory/tags.js';
import { actsOnAccount, actsOnArn } from '../entities/access.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';

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
  { partition, accountId }: { readonly partition: string; readonly accountId: string },
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
  output: Output,
  access: {
    ...actsOnAccount('oidc-provider'),
    conditions: (input) => ({ tags: requestTags(input.Tags as never) }),
  },
  readOnly: false,
  audit: {
    request: ['Url', 'ClientIDList', 'ThumbprintList', 'Tags'],
    response: ['OpenIDConnectProviderArn'],
  },
  async run({ input, scope: { accountId, partition } }, { directory, wallClock }) {
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
  output: Output,
  access: actsOnArn('OpenIDConnectProviderArn'),
  readOnly: true,
  audit: { request: ['OpenIDConnectProviderArn'], response: null },
  async run({ input, scope }, { directory }) {
    const found = await requireProvider(directory, scope, input.OpenIDConnectProviderArn);
    return {
      Url: found.name,
      ClientIDList: found.clientIds,
      ThumbprintList: found.thumbprints,
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
  output: Output,
  access: actsOnAccount('oidc-provider'),
  readOnly: true,
  audit: { request: [], response: null },
  async run({ scope: { accountId } }, { directory }) {
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
  async run({ input, scope }, { directory }) {
    await directory.change(async (transaction) => {
      const arn = input.OpenIDConnectProviderArn;
      await transaction.remove(await requireProvider(transaction, scope, arn));
    });
    return {};
  },
});

/** An operation that changes one provider in one way. */
function changing<Members extends Record<string, unknown>>(
  name: string,
  summary: string,
  members: Members,
  change: (provider: OidcProvider, input: Readonly<Record<string, unknown>>) => OidcProvider,
): IamOperation {
  return defineIamOperation({
    service: 'iam',
    name,
    summary,
    input: Type.Object({ OpenIDConnectProviderArn, ...(members as object) }),
    output: 'nothing',
    access: actsOnArn('OpenIDConnectProviderArn'),
    readOnly: false,
    audit: { request: ['OpenIDConnectProviderArn', ...Object.keys(members)], response: null },
    async run({ input, scope }, { directory }) {
      await directory.change(async (transaction) => {
        const found = await requireProvider(transaction, scope, input.OpenIDConnectProviderArn);
        await transaction.put(change(found, input as never));
      });
      return {};
    },
  });
}

export const oidcOperations: readonly IamOperation[] = [
  createProvider,
  getProvider,
  listProviders,
  deleteProvider,
  changing(
    'AddClientIDToOpenIDConnectProvider',
    'Takes tokens for one more audience.',
    { ClientID: ClientId },
    (provider, { ClientID }) => ({
      ...provider,
      clientIds: [...new Set([...provider.clientIds, String(ClientID)])],
    }),
  ),
  changing(
    'RemoveClientIDFromOpenIDConnectProvider',
    'Takes tokens for an audience no longer.',
    { ClientID: ClientId },
    (provider, { ClientID }) => ({
      ...provider,
      clientIds: provider.clientIds.filter((each) => each !== ClientID),
    }),
  ),
  changing(
    'UpdateOpenIDConnectProviderThumbprint',
    "Names the certificates that may stand at the top of the issuer's chain.",
    { ThumbprintList: Thumbprints },
    (provider, { ThumbprintList }) => ({
      ...provider,
      thumbprints: [ThumbprintList].flat().map((each) => String(each).toLowerCase()),
    }),
  ),
];
