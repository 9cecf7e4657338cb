/** IAM groups and who is in them. Source: IAM API Reference. */
import { Type } from 'typebox';
import { QuotaExceeded } from '../../../kernel/facts.js';
import type { Group } from '../directory/entities.js';
import {
  checkDetached,
  checkNew,
  checkRename,
  conflict,
  requireEntity,
} from '../directory/entity-rules.js';
import { makeUniqueId } from '../directory/ids.js';
import { page, pageOf } from '../directory/paging.js';
import { MAX_GROUPS_OF_USER } from '../directory/quotas.js';
import { GroupName, NewPath, Path, PathPrefix, pageInput, UserName } from '../directory/shapes.js';
import { Group as GroupShape, Page, User } from '../directory/view-shapes.js';
import { groupView, userView } from '../directory/views.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';
import { actsOnAccount, makes } from './access.js';
import { onEntity } from './on-entity.js';

const createGroup = defineIamOperation({
  service: 'iam',
  name: 'CreateGroup',
  summary: 'Makes a group.',
  input: Type.Object({ Path: Type.Optional(Path), GroupName }),
  output: Type.Object({ Group: GroupShape }),
  access: makes('group', 'GroupName'),
  readOnly: false,
  audit: { request: ['Path', 'GroupName'], response: ['Group'] },
  async run(
    { input, scope: { accountId, partition } },
    { directory, wallClock, randomBytes }: Uses<'directory' | 'wallClock' | 'randomBytes'>,
  ) {
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

const getGroup = onEntity('group', 'GetGroup', {
  summary: 'Describes a group and lists its users.',
  members: pageInput,
  output: Page({ Group: GroupShape, Users: Type.Array(User) }),
  readOnly: true,
  async run({ input, name, scope: { accountId, partition } }, { directory }: Uses<'directory'>) {
    const group = await requireEntity(directory, 'group', accountId, name);
    const users = await directory.list('user', accountId);
    const members = users.filter(({ groups }) => groups.includes(group.uniqueId));
    const { items, ...rest } = await pageOf(input, members, (user) => user.name.toLowerCase());
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
  output: Page({ Groups: Type.Array(GroupShape) }),
  access: actsOnAccount('group'),
  readOnly: true,
  audit: { request: ['PathPrefix'], response: null },
  async run({ input, scope: { accountId, partition } }, { directory }: Uses<'directory'>) {
    const { PathPrefix: pathPrefix = '/' } = input;
    const { items, ...rest } = await page(
      input,
      (after, limit) => directory.list('group', accountId, { after, limit, pathPrefix }),
      ({ name }) => name.toLowerCase(),
    );
    return { Groups: items.map((group) => groupView(partition, group)), ...rest };
  },
});

const updateGroup = onEntity('group', 'UpdateGroup', {
  summary: "Changes a group's name or path.",
  members: { NewPath, NewGroupName: Type.Optional(GroupName) },
  output: 'nothing',
  target: ({ NewPath: path, NewGroupName: name }) => ({ path, name }),
  async run({ input, name, scope: { accountId } }, { directory }: Uses<'directory'>) {
    const { NewGroupName: newName, NewPath: path } = input;
    await directory.change(async (transaction) => {
      const group = await requireEntity(transaction, 'group', accountId, name);
      await checkRename(transaction, group, newName);
      await transaction.put({ ...group, ...(newName && { name: newName }), ...(path && { path }) });
    });
    return {};
  },
});

const deleteGroup = onEntity('group', 'DeleteGroup', {
  summary: 'Deletes a group without users and policies.',
  output: 'nothing',
  async run({ name, scope: { accountId } }, { directory }: Uses<'directory'>) {
    await directory.change(async (transaction) => {
      const group = await requireEntity(transaction, 'group', accountId, name);
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

const addUserToGroup = onEntity('group', 'AddUserToGroup', {
  summary: 'Adds a user to a group.',
  members: { UserName },
  output: 'nothing',
  async run({ input, name, scope: { accountId } }, { directory }: Uses<'directory'>) {
    await directory.change(async (transaction) => {
      const group = await requireEntity(transaction, 'group', accountId, name);
      const user = await requireEntity(transaction, 'user', accountId, input.UserName);
      if (user.groups.includes(group.uniqueId)) return;
      if (user.groups.length >= MAX_GROUPS_OF_USER) {
        throw new QuotaExceeded('GroupsPerUser', MAX_GROUPS_OF_USER);
      }
      await transaction.put({ ...user, groups: [...user.groups, group.uniqueId] });
    });
    return {};
  },
});

const removeUserFromGroup = onEntity('group', 'RemoveUserFromGroup', {
  summary: 'Removes a user from a group.',
  members: { UserName },
  output: 'nothing',
  async run({ input, name, scope: { accountId } }, { directory }: Uses<'directory'>) {
    await directory.change(async (transaction) => {
      const group = await requireEntity(transaction, 'group', accountId, name);
      const user = await requireEntity(transaction, 'user', accountId, input.UserName);
      const groups = user.groups.filter((id) => id !== group.uniqueId);
      await transaction.put({ ...user, groups });
    });
    return {};
  },
});

const listGroupsForUser = onEntity('user', 'ListGroupsForUser', {
  summary: 'Lists the groups that a user is in.',
  members: pageInput,
  output: Page({ Groups: Type.Array(GroupShape) }),
  readOnly: true,
  async run({ input, name, scope: { accountId, partition } }, { directory }: Uses<'directory'>) {
    const user = await requireEntity(directory, 'user', accountId, name);
    const groups = await Promise.all(user.groups.map((id) => directory.findById(id)));
    const found = groups.filter((group): group is Group => group?.kind === 'group');
    const { items, ...rest } = await pageOf(input, found, (group) => group.name.toLowerCase());
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
