/** Access keys of users and of the root user. Source: IAM API Reference. */

import { Type } from 'typebox';
import type { Caller } from '../../../authz/model.js';

import { Timestamp } from '../../../declare/shape-kinds.js';
import { NotFound } from '../../../kernel/facts.js';
import { asResource, requireEntity, userNameOf } from '../directory/entity-rules.js';
import { pageOf } from '../directory/paging.js';
import { AccessKeyId, AskedKeyStatus, pageInput, UserName } from '../directory/shapes.js';
import { AccessKeyMetadata, NewAccessKey, Page } from '../directory/view-shapes.js';
import { accessKeyView } from '../directory/views.js';
import { actsOn } from '../entities/access.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';
import { ROOT, rootOf } from './access-key-owner.js';
import { noSuchAccessKey } from './access-key-repository.js';

const OptionalUserName = Type.Optional(UserName);

/** Whose keys are meant: the named user's, or the caller's own, be it the root user. */
async function ownerMeant(
  input: { readonly UserName?: string | undefined },
  caller: Caller,
  { directory }: Uses<'directory'>,
) {
  const { accountId } = caller;
  if (input.UserName === undefined && caller.type === 'Account') {
    return { owner: rootOf(accountId), name: ROOT };
  }
  const name = userNameOf(input, caller);
  const user = await requireEntity(directory, 'user', accountId, name);
  return { owner: { accountId, principal: user.uniqueId }, name: user.name };
}

const createAccessKey = defineIamOperation({
  service: 'iam',
  name: 'CreateAccessKey',
  summary: 'Makes an access key; its secret is shown this once.',
  input: Type.Object({ UserName: OptionalUserName }),
  output: Type.Object({ AccessKey: NewAccessKey }),
  access: actsOn('user', 'UserName'),
  readOnly: false,
  audit: {
    request: ['UserName'],
    response: ['AccessKeyId', 'UserName', 'Status', 'CreateDate'].map(
      (member) => `AccessKey.${member}`,
    ),
  },
  async run({ input, caller }, { accessKeys, directory }: Uses<'accessKeys' | 'directory'>) {
    const { owner, name } = await ownerMeant(input, caller, { directory });
    const { secretAccessKey, ...key } = await accessKeys.create(owner);
    const { CreateDate, ...view } = accessKeyView(name, key);
    return { AccessKey: { ...view, SecretAccessKey: secretAccessKey, CreateDate } };
  },
});

const listAccessKeys = defineIamOperation({
  service: 'iam',
  name: 'ListAccessKeys',
  summary: 'Lists access keys without their secrets.',
  input: Type.Object({ UserName: OptionalUserName, ...pageInput }),
  output: Page({ AccessKeyMetadata: Type.Array(AccessKeyMetadata) }),
  access: actsOn('user', 'UserName'),
  readOnly: true,
  audit: { request: ['UserName'], response: null },
  async run({ input, caller }, { accessKeys, directory }: Uses<'accessKeys' | 'directory'>) {
    const { owner, name } = await ownerMeant(input, caller, { directory });
    const keys = await accessKeys.list(owner);
    const { items, ...rest } = await pageOf(input, keys, ({ accessKeyId }) => accessKeyId);
    return { AccessKeyMetadata: items.map((key) => accessKeyView(name, key)), ...rest };
  },
});

const updateAccessKey = defineIamOperation({
  service: 'iam',
  name: 'UpdateAccessKey',
  summary: 'Switches an access key off or on.',
  input: Type.Object({ UserName: OptionalUserName, AccessKeyId, Status: AskedKeyStatus }),
  output: 'nothing',
  access: actsOn('user', 'UserName'),
  readOnly: false,
  audit: { request: ['UserName', 'AccessKeyId', 'Status'], response: null },
  async run({ input, caller }, { accessKeys, directory }: Uses<'accessKeys' | 'directory'>) {
    const { owner } = await ownerMeant(input, caller, { directory });
    const { Status: status } = input;
    if (status === 'Expired') throw iamError('InvalidInput', `Status ${status} cannot be set.`);
    await accessKeys.setStatus(owner, input.AccessKeyId, status);
    return {};
  },
});

const deleteAccessKey = defineIamOperation({
  service: 'iam',
  name: 'DeleteAccessKey',
  summary: 'Deletes an access key.',
  input: Type.Object({ UserName: OptionalUserName, AccessKeyId }),
  output: 'nothing',
  access: actsOn('user', 'UserName'),
  readOnly: false,
  audit: { request: ['UserName', 'AccessKeyId'], response: null },
  async run({ input, caller }, { accessKeys, directory }: Uses<'accessKeys' | 'directory'>) {
    const { owner } = await ownerMeant(input, caller, { directory });
    await accessKeys.delete(owner, input.AccessKeyId);
    return {};
  },
});

/** The key, if it is this account's: another's is as if there were none, for who may ask and who may not. */
async function ofAccount(id: string, accountId: string, { accessKeys }: Uses<'accessKeys'>) {
  try {
    const key = await accessKeys.describe(id);
    return key.accountId === accountId ? key : undefined;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

const getAccessKeyLastUsed = defineIamOperation({
  service: 'iam',
  name: 'GetAccessKeyLastUsed',
  summary: 'Says when and for what an access key was last used.',
  input: Type.Object({ AccessKeyId }),
  output: Type.Object({
    UserName: Type.String(),
    AccessKeyLastUsed: Type.Object({
      LastUsedDate: Type.Optional(Timestamp),
      ServiceName: Type.String(),
      Region: Type.String(),
    }),
  }),
  access: {
    by: 'identity',
    resource: async ({ AccessKeyId: id }, { scope }, { accessKeys, directory }) => {
      const key = await ofAccount(id, scope.accountId, { accessKeys });
      const user = key && (await directory.findById(key.principal));
      return user ? asResource(scope.partition, user) : '*';
    },
  },
  readOnly: true,
  audit: { request: ['AccessKeyId'], response: null },
  async run({ input, caller }, { accessKeys, directory }: Uses<'accessKeys' | 'directory'>) {
    const key = await ofAccount(input.AccessKeyId, caller.accountId, { accessKeys });
    if (!key) throw noSuchAccessKey(input.AccessKeyId);
    const user = await directory.findById(key.principal);
    const { lastUsed } = key;
    return {
      UserName: user?.name ?? ROOT,
      AccessKeyLastUsed: {
        ...(lastUsed && { LastUsedDate: lastUsed.at }),
        ServiceName: lastUsed?.service ?? 'N/A',
        Region: lastUsed?.region ?? 'N/A',
      },
    };
  },
});

export const accessKeyOperations: readonly IamOperation[] = [
  createAccessKey,
  listAccessKeys,
  updateAccessKey,
  deleteAccessKey,
  getAccessKeyLastUsed,
];
