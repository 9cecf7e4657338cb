/** IAM users. Source: IAM API Reference. */
import { Type } from 'typebox';
import { entityArn } from '../directory/arns.js';
import type { User } from '../directory/entities.js';
import {
  checkBoundary,
  checkDetached,
  checkNew,
  conflict,
  requireEntity,
  resourceArn,
  userNameOf,
} from '../directory/entity-rules.js';
import { makeUniqueId } from '../directory/ids.js';
import { page } from '../directory/paging.js';
import {
  Arn,
  NewPath,
  Output,
  Path,
  PathPrefix,
  pageInput,
  Tags,
  UserName,
} from '../directory/shapes.js';
import { requestTags, withTags } from '../directory/tags.js';
import { userView } from '../directory/views.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import { boundaryOperations } from '../policies/boundaries.operations.js';
import { actsOn, actsOnAccount } from './access.js';
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
  output: Output,
  access: {
    by: 'identity',
    resource: (input, { scope }) =>
      entityArn(scope.partition, {
        kind: 'user',
        accountId: scope.accountId,
        path: input.Path ?? '/',
        name: input.UserName,
      }),
    conditions: (input) => ({
      tags: requestTags(input.Tags),
      members: { 'iam:permissionsboundary': input.PermissionsBoundary },
    }),
  },
  readOnly: false,
  audit: { request: ['Path', 'UserName', 'PermissionsBoundary', 'Tags'], response: ['User'] },
  async run({ input, scope: { accountId, partition } }, services) {
    const { directory, wallClock, randomBytes } = services;
    await checkBoundary(services, input.PermissionsBoundary);
    const user = await directory.change(async (transaction) => {
      await checkNew(transaction, 'user', accountId, input.UserName);
      const made: User = {
        kind: 'user',
        accountId,
        uniqueId: makeUniqueId('user', randomBytes),
        name: input.UserName,
        path: input.Path ?? '/',
        createdAt: new Date(wallClock()),
        tags: withTags({}, input.Tags),
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
  output: Output,
  access: {
    by: 'identity',
    resource: (input, { scope, caller }, services) =>
      input.UserName === undefined
        ? caller.principalArn
        : resourceArn(services, 'user', scope.accountId, input.UserName),
  },
  readOnly: true,
  audit: { request: ['UserName'], response: null },
  async run({ input, caller, scope: { accountId, partition } }, { directory, wallClock }) {
    if (input.UserName === undefined && caller.type === 'Account') {
      return { User: { UserId: accountId, Arn: caller.arn, CreateDate: new Date(wallClock()) } };
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
  output: Output,
  access: actsOnAccount('user'),
  readOnly: true,
  audit: { request: ['PathPrefix'], response: null },
  async run({ input, scope: { accountId, partition } }, { directory }) {
    const { PathPrefix: pathPrefix = '/' } = input;
    const { items, ...rest } = await page(
      input,
      (after, limit) => directory.list('user', accountId, { after, limit, pathPrefix }),
      (user) => user.name.toLowerCase(),
    );
    return { Users: items.map((user) => userView(partition, user, false)), ...rest };
  },
});

const updateUser = defineIamOperation({
  service: 'iam',
  name: 'UpdateUser',
  summary: "Changes a user's name or path; its unique id stays.",
  input: Type.Object({
    UserName,
    NewPath,
    NewUserName: Type.Optional(UserName),
  }),
  output: 'nothing',
  access: actsOn('user', 'UserName'),
  readOnly: false,
  audit: { request: ['UserName', 'NewPath', 'NewUserName'], response: null },
  async run({ input, scope: { accountId } }, { directory }) {
    const { NewUserName: name, NewPath: path } = input;
    await directory.change(async (transaction) => {
      const user = await requireEntity(transaction, 'user', accountId, input.UserName);
      if (name !== undefined && name.toLowerCase() !== user.name.toLowerCase()) {
        await checkNew(transaction, 'user', accountId, name);
      }
      await transaction.put({ ...user, ...(name && { name }), ...(path && { path }) });
    });
    return {};
  },
});

const deleteUser = defineIamOperation({
  service: 'iam',
  name: 'DeleteUser',
  summary: 'Deletes a user that has nothing left.',
  input: Type.Object({ UserName }),
  output: 'nothing',
  access: actsOn('user', 'UserName'),
  readOnly: false,
  audit: { request: ['UserName'], response: null },
  async run({ input, scope: { accountId } }, { directory, accessKeys }) {
    const known = await requireEntity(directory, 'user', accountId, input.UserName);
    const keys = await accessKeys.list({ accountId, principal: known.uniqueId });
    if (keys.length > 0) throw conflict('must delete access keys first.');
    await directory.change(async (transaction) => {
      const user = await requireEntity(transaction, 'user', accountId, input.UserName);
      checkDetached(user);
      if (user.groups.length > 0) throw conflict('must remove users from group first.');
      const devices = await transaction.list('mfa-device', accountId);
      if (devices.some(({ enabledFor }) => enabledFor === user.uniqueId)) {
        throw conflict('must delete MFA device first.');
      }
      await transaction.remove(user);
    });
    return {};
  },
});

export const userOperations: readonly IamOperation[] = [
  createUser,
  getUser,
  listUsers,
  updateUser,
  deleteUser,
  ...boundaryOperations('User', UserName),
  ...tagOperations('User', UserName),
];
