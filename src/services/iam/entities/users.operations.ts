/** IAM users. Source: IAM API Reference. */
import { Type } from 'typebox';
import type { DirectoryReader } from '../directory/directory.js';
import type { User } from '../directory/entities.js';
import {
  checkDetached,
  checkNew,
  checkRename,
  conflict,
  requireEntity,
  userNameOf,
} from '../directory/entity-rules.js';
import { makeUniqueId } from '../directory/ids.js';
import { page } from '../directory/paging.js';
import { checkBoundary } from '../directory/policies.js';
import { Arn, NewPath, Path, PathPrefix, pageInput, Tags, UserName } from '../directory/shapes.js';
import { requestTags, withTags } from '../directory/tags.js';
import { Page, User as UserShape } from '../directory/view-shapes.js';
import { rootView, userView } from '../directory/views.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import { boundaryOperations } from '../policies/boundaries.operations.js';
import type { Uses } from '../ports.js';
import { actsOn, actsOnAccount, makes, withTagging } from './access.js';
import { onEntity } from './on-entity.js';
import { tagOperations } from './tags.operations.js';

const createUser = defineIamOperation({
  service: 'iam',
  name: 'CreateUser',
  summary: 'Makes a user.',
  input: Type.Object({
    Path: Type.Optional(Path),
    UserName,
    PermissionsBoundary: Type.Optional(Arn),
    Tags: Type.Optional(Tags),
  }),
  output: Type.Object({ User: UserShape }),
  access: {
    ...makes('user', 'UserName'),
    ...withTagging('iam:TagUser'),
    conditions: (input) => ({
      tags: requestTags(input.Tags),
      members: { 'iam:permissionsboundary': input.PermissionsBoundary },
    }),
  },
  readOnly: false,
  audit: { request: ['Path', 'UserName', 'PermissionsBoundary', 'Tags'], response: ['User'] },
  async run(
    { input, scope },
    { directory, wallClock, randomBytes }: Uses<'directory' | 'wallClock' | 'randomBytes'>,
  ) {
    const { accountId, partition } = scope;
    const user = await directory.change(async (transaction) => {
      await checkBoundary(transaction, scope, input.PermissionsBoundary);
      await checkNew(transaction, 'user', accountId, input.UserName);
      const made: User = {
        kind: 'user',
        accountId,
        uniqueId: makeUniqueId('user', randomBytes),
        name: input.UserName,
        path: input.Path ?? '/',
        createdAt: new Date(wallClock()),
        tags: withTags('user', {}, input.Tags),
        inlinePolicies: {},
        attachedPolicies: [],
        groups: [],
        ...(input.PermissionsBoundary !== undefined && {
          permissionsBoundary: input.PermissionsBoundary,
        }),
      };
      await transaction.put(made);
      return made;
    });
    return { User: userView(partition, user) };
  },
});

const getUser = defineIamOperation({
  service: 'iam',
  name: 'GetUser',
  summary: 'Describes a user; without a name the caller.',
  input: Type.Object({ UserName: Type.Optional(UserName) }),
  output: Type.Object({ User: UserShape }),
  access: actsOn('user', 'UserName'),
  readOnly: true,
  audit: { request: ['UserName'], response: null },
  async run(
    { input, caller, scope: { accountId, partition } },
    { directory, wallClock }: Uses<'directory' | 'wallClock'>,
  ) {
    if (input.UserName === undefined && caller.type === 'Account') {
      return { User: rootView(partition, accountId, wallClock()) };
    }
    const user = await requireEntity(directory, 'user', accountId, userNameOf(input, caller));
    return { User: userView(partition, user) };
  },
});

const listUsers = defineIamOperation({
  service: 'iam',
  name: 'ListUsers',
  summary: 'Lists the users of the account.',
  input: Type.Object({ PathPrefix, ...pageInput }),
  output: Page({ Users: Type.Array(UserShape) }),
  access: actsOnAccount('user'),
  readOnly: true,
  audit: { request: ['PathPrefix'], response: null },
  async run({ input, scope: { accountId, partition } }, { directory }: Uses<'directory'>) {
    const { PathPrefix: pathPrefix = '/' } = input;
    const { items, ...rest } = await page(
      input,
      (after, limit) => directory.list('user', accountId, { after, limit, pathPrefix }),
      (user) => user.name.toLowerCase(),
    );
    return { Users: items.map((user) => userView(partition, user, false)), ...rest };
  },
});

const updateUser = onEntity('user', 'UpdateUser', {
  summary: "Changes a user's name or path; its unique id stays.",
  members: { NewPath, NewUserName: Type.Optional(UserName) },
  output: 'nothing',
  target: ({ NewPath: path, NewUserName: name }) => ({ path, name }),
  async run({ input, name, scope: { accountId } }, { directory }: Uses<'directory'>) {
    const { NewUserName: newName, NewPath: path } = input;
    await directory.change(async (transaction) => {
      const user = await requireEntity(transaction, 'user', accountId, name);
      await checkRename(transaction, user, newName);
      await transaction.put({ ...user, ...(newName && { name: newName }), ...(path && { path }) });
    });
    return {};
  },
});

const deleteUser = onEntity('user', 'DeleteUser', {
  summary: 'Deletes a user that has nothing left.',
  output: 'nothing',
  async run({ name, scope: { accountId } }, { directory }: Uses<'directory'>) {
    await directory.change(async (transaction) => {
      const user = await requireEntity(transaction, 'user', accountId, name);
      // AWS asks for devices first, and for access keys, which are refused here, then.
      await requireNoDevice(transaction, user);
      await transaction.remove(user);
      checkDetached(user);
      if (user.groups.length > 0) throw conflict('must remove users from group first.');
      // Again, now that nobody can give the user one any more; what is thrown undoes the removal.
      await requireNoDevice(transaction, user);
    });
    return {};
  },
});

/** @throws ServiceError DeleteConflict */
async function requireNoDevice(
  directory: DirectoryReader,
  { accountId, uniqueId }: Pick<User, 'accountId' | 'uniqueId'>,
): Promise<void> {
  const devices = await directory.list('mfa-device', accountId);
  if (devices.some(({ enabledFor }) => enabledFor === uniqueId)) {
    throw conflict('must remove tokens from principal first.');
  }
}

export const userOperations: readonly IamOperation[] = [
  createUser,
  getUser,
  listUsers,
  updateUser,
  deleteUser,
  ...boundaryOperations('user'),
  ...tagOperations('user'),
];
