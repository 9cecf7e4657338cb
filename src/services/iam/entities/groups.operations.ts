/** IAM groups and who is in them. Source: IAM API Reference. */
import { Type } from 'typebox';
import { entityArn } from '../directory/arns.js';
import type { Group } from '../directory/entities.js';
import { checkDetached, checkNew, conflict, requireEntity } from '../directory/entity-rules.js';
import { makeUniqueId } from '../directory/ids.js';
import { page, pageOf } from '../directory/paging.js';
import {
  GroupName,
  NewPath,
  Output,
  Path,
  PathPrefix,
  pageInput,
  UserName,
} from '../directory/shapes.js';
import { groupView, userView } from '../directory/views.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import { actsOn, actsOnAccount } from './access.js';

const MAX_GROUPS_OF_USER = 10;

const createGroup = defineIamOperation({
  service: 'iam',
  name: 'CreateGroup',
  summary: 'Makes a group.',
  input: Type.Object({ Path: Type.Optional(Path), GroupName }),
  output: Output,
  access: {
    by: 'identity',
    resource: ({ Path: path = '/', GroupName: name }, { scope: { partition, accountId } }) =>
      entityArn(partition, { kind: 'group', accountId, path, name }),
  },
  readOnly: false,
  audit: { request: ['Path', 'GroupName'], response: ['Group'] },
  async run({ input, scope: { accountId, partition } }, { directory, wallClock, randomBytes }) {
    const group: Group = {
      kind: 'group',
      accountId,
      uniqueId: makeUniqueId('group', randomBytes),
      name: input.GroupName,
      path: input.Path ?? '/',
      createdAt: new Date(wallClock()),
      tags: {},
      inlinePolicies: {},
      attachedPolicies: [],
    };
    await directory.change(async (transaction) => {
      await checkNew(transaction, 'group', accountId, group.name);
      await transaction.put(group);
    });
    return { Group: groupView(partition, group) };
  },
});

const getGroup = defineIamOperation({
  service: 'iam',
  name: 'GetGroup',
  summary: 'Describes a group and lists its users.',
  input: Type.Object({ GroupName, ...pageInput }),
  output: Output,
  access: actsOn('group', 'GroupName'),
  readOnly: true,
  audit: { request: ['GroupName'], response: null },
  async run({ input, scope: { accountId, partition } }, { directory }) {
    const group = await requireEntity(directory, 'group', accountId, input.GroupName);
    const users = await directory.list('user', accountId);
    const members = users.filter(({ groups }) => groups.includes(group.uniqueId));
    const { items, ...rest } = await pageOf(input, members, ({ name }) => name.toLowerCase());
    return {
      Group: groupView(partition, group),
      Users: items.map((user) => userView(partition, user, false)),
      ...rest,
    };
  },
});

const listGroups = defineIamOperation({
  service: 'iam',
  name: 'ListGroups',
  summary: 'Lists the groups of the account.',
  input: Type.Object({ PathPrefix, ...pageInput }),
  output: Output,
  access: actsOnAccount('group'),
  readOnly: true,
  audit: { request: ['PathPrefix'], response: null },
  async run({ input, scope: { accountId, partition } }, { directory }) {
    const { PathPrefix: pathPrefix = '/' } = input;
    const { items, ...rest } = await page(
      input,
      (after, limit) => directory.list('group', accountId, { after, limit, pathPrefix }),
      ({ name }) => name.toLowerCase(),
    );
    return { Groups: items.map((group) => groupView(partition, group)), ...rest };
  },
});

const updateGroup = defineIamOperation({
  service: 'iam',
  name: 'UpdateGroup',
  summary: "Changes a group's name or path.",
  input: Type.Object({
    GroupName,
    NewPath: NewPath,
    NewGroupName: Type.Optional(GroupName),
  }),
  output: 'nothing',
  access: actsOn('group', 'GroupName'),
  readOnly: false,
  audit: { request: ['GroupName', 'NewPath', 'NewGroupName'], response: null },
  async run({ input, scope: { accountId } }, { directory }) {
    const { NewGroupName: name, NewPath: path } = input;
    await directory.change(async (transaction) => {
      const group = await requireEntity(transaction, 'group', accountId, input.GroupName);
      if (name !== undefined && name.toLowerCase() !== group.name.toLowerCase()) {
        await checkNew(transaction, 'group', accountId, name);
      }
      await transaction.put({ ...group, ...(name && { name }), ...(path && { path }) });
    });
    return {};
  },
});

const deleteGroup = defineIamOperation({
  service: 'iam',
  name: 'DeleteGroup',
  summary: 'Deletes a group without users and policies.',
  input: Type.Object({ GroupName }),
  output: 'nothing',
  access: actsOn('group', 'GroupName'),
  readOnly: false,
  audit: { request: ['GroupName'], response: null },
  async run({ input, scope: { accountId } }, { directory }) {
    await directory.change(async (transaction) => {
      const group = await requireEntity(transaction, 'group', accountId, input.GroupName);
      const users = await transaction.list('user', accountId);
      if (users.some(({ groups }) => groups.includes(group.uniqueId))) {
        throw conflict('must remove users from group first.');
      }
      checkDetached(group);
      await transaction.remove(group);
    });
    return {};
  },
});

const membership = { GroupName, UserName };

const addUserToGroup = defineIamOperation({
  service: 'iam',
  name: 'AddUserToGroup',
  summary: 'Adds a user to a group.',
  input: Type.Object(membership),
  output: 'nothing',
  access: actsOn('group', 'GroupName'),
  readOnly: false,
  audit: { request: ['GroupName', 'UserName'], response: null },
  async run({ input, scope: { accountId } }, { directory }) {
    await directory.change(async (transaction) => {
      const group = await requireEntity(transaction, 'group', accountId, input.GroupName);
      const user = await requireEntity(transaction, 'user', accountId, input.UserName);
      if (user.groups.includes(group.uniqueId)) return;
      if (user.groups.length >= MAX_GROUPS_OF_USER) {
        const quota = `GroupsPerUser: ${MAX_GROUPS_OF_USER}`;
        throw iamError('LimitExceeded', `Cannot exceed quota for ${quota}`);
      }
      await transaction.put({ ...user, groups: [...user.groups, group.uniqueId] });
    });
    return {};
  },
});

const removeUserFromGroup = defineIamOperation({
  service: 'iam',
  name: 'RemoveUserFromGroup',
  summary: 'Removes a user from a group.',
  input: Type.Object(membership),
  output: 'nothing',
  access: actsOn('group', 'GroupName'),
  readOnly: false,
  audit: { request: ['GroupName', 'UserName'], response: null },
  async run({ input, scope: { accountId } }, { directory }) {
    await directory.change(async (transaction) => {
      const group = await requireEntity(transaction, 'group', accountId, input.GroupName);
      const user = await requireEntity(transaction, 'user', accountId, input.UserName);
      const groups = user.groups.filter((id) => id !== group.uniqueId);
      await transaction.put({ ...user, groups });
    });
    return {};
  },
});

const listGroupsForUser = defineIamOperation({
  service: 'iam',
  name: 'ListGroupsForUser',
  summary: 'Lists the groups that a user is in.',
  input: Type.Object({ UserName, ...pageInput }),
  output: Output,
  access: actsOn('user', 'UserName'),
  readOnly: true,
  audit: { request: ['UserName'], response: null },
  async run({ input, scope: { accountId, partition } }, { directory }) {
    const user = await requireEntity(directory, 'user', accountId, input.UserName);
    const groups = await Promise.all(user.groups.map((id) => directory.findById(id)));
    const found = groups.filter((group): group is Group => group?.kind === 'group');
    const { items, ...rest } = await pageOf(input, found, ({ name }) => name.toLowerCase());
    return { Groups: items.map((group) => groupView(partition, group)), ...rest };
  },
});

export const groupOperations: readonly IamOperation[] = [
  createGroup,
  getGroup,
  listGroups,
  updateGroup,
  deleteGroup,
  addUserToGroup,
  removeUserFromGroup,
  listGroupsForUser,
];
