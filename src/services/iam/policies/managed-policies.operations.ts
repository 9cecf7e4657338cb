/** Managed policies and their versions. Source: IAM API Reference. */

import { Type } from 'typebox';
import { OneOf } from '../../../declare/shape-kinds.js';

import type { Group, ManagedPolicy, Role, User } from '../directory/entities.js';
import { checkNew } from '../directory/entity-rules.js';
import { makeUniqueId } from '../directory/ids.js';
import { pageOf } from '../directory/paging.js';
import {
  awsPolicies,
  checkOurs,
  checkPolicyText,
  policyUsers,
  requirePolicy,
} from '../directory/policies.js';
import {
  Arn,
  Description,
  Path,
  PathPrefix,
  PolicyDocument,
  PolicyName,
  pageInput,
  Tags,
} from '../directory/shapes.js';
import { requestTags, withTags } from '../directory/tags.js';
import { Page, Policy } from '../directory/view-shapes.js';
import { actsOnAccount, actsOnArn, makes, withTagging } from '../entities/access.js';
import { tagOperations } from '../entities/tags.operations.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';
import { policyCounts, shownManagedPolicy } from './shown-policy.js';

const PolicyUsageFilter = Type.Optional(OneOf(['PermissionsPolicy', 'PermissionsBoundary']));

const createPolicy = defineIamOperation({
  service: 'iam',
  name: 'CreatePolicy',
  summary: 'Makes a managed policy.',
  input: Type.Object({
    PolicyName,
    Path: Type.Optional(Path),
    PolicyDocument,
    Description: Type.Optional(Description),
    Tags: Type.Optional(Tags),
  }),
  output: Type.Object({ Policy }),
  access: {
    ...makes('policy', 'PolicyName'),
    ...withTagging('iam:TagPolicy'),
    conditions: (input) => ({ tags: requestTags(input.Tags) }),
  },
  readOnly: false,
  audit: {
    request: ['PolicyName', 'Path', 'PolicyDocument', 'Description', 'Tags'],
    response: ['Policy'],
  },
  async run(
    { input, scope: { accountId, partition } },
    { directory, wallClock, randomBytes }: Uses<'directory' | 'wallClock' | 'randomBytes'>,
  ) {
    checkPolicyText(input.PolicyDocument, partition);
    const createdAt = wallClock();
    const policy: ManagedPolicy = {
      kind: 'policy',
      accountId,
      uniqueId: makeUniqueId('policy', randomBytes),
      name: input.PolicyName,
      path: input.Path ?? '/',
      createdAt: new Date(createdAt),
      tags: withTags('policy', {}, input.Tags),
      updatedAt: createdAt,
      versions: [{ versionId: 'v1', text: input.PolicyDocument, createdAt }],
      defaultVersionId: 'v1',
      nextVersion: 2,
      ...(input.Description !== undefined && { description: input.Description }),
    };
    await directory.change(async (transaction) => {
      const taken = await transaction.find('policy', accountId, policy.name);
      if (taken) {
        throw iamError(
          'EntityAlreadyExists',
          `A policy called ${policy.name} already exists. Duplicate names are not allowed.`,
        );
      }
      await checkNew(transaction, 'policy', accountId, policy.name);
      await transaction.put(policy);
    });
    const counts = await policyCounts(directory, accountId);
    return { Policy: shownManagedPolicy(partition, policy, counts) };
  },
});

const getPolicy = defineIamOperation({
  service: 'iam',
  name: 'GetPolicy',
  summary: 'Describes a managed policy.',
  input: Type.Object({ PolicyArn: Arn }),
  output: Type.Object({ Policy }),
  access: actsOnArn('PolicyArn'),
  readOnly: true,
  audit: { request: ['PolicyArn'], response: null },
  async run({ input, scope }, { directory }: Uses<'directory'>) {
    const policy = await requirePolicy(directory, scope, input.PolicyArn);
    const counts = await policyCounts(directory, scope.accountId);
    return { Policy: shownManagedPolicy(scope.partition, policy, counts) };
  },
});

const listPolicies = defineIamOperation({
  service: 'iam',
  name: 'ListPolicies',
  summary: "Lists managed policies, the account's and AWS's.",
  input: Type.Object({
    Scope: Type.Optional(OneOf(['All', 'AWS', 'Local'])),
    OnlyAttached: Type.Optional(Type.Boolean()),
    PathPrefix,
    PolicyUsageFilter,
    ...pageInput,
  }),
  output: Page({ Policies: Type.Array(Policy) }),
  access: actsOnAccount(undefined),
  readOnly: true,
  audit: { request: ['Scope', 'OnlyAttached', 'PathPrefix'], response: null },
  async run({ input, scope: { accountId, partition } }, { directory }: Uses<'directory'>) {
    // The usage is only asked of policies that are to be in use: recorded-iam.md §5.
    const { Scope: scope = 'All', PathPrefix: prefix = '/', PolicyUsageFilter: usage } = input;
    const local = scope === 'AWS' ? [] : await directory.list('policy', accountId);
    const all = scope === 'Local' ? local : [...local, ...awsPolicies()];
    const counts = await policyCounts(directory, accountId);
    const views = all
      .filter(({ path }) => path.startsWith(prefix))
      .map((policy) => shownManagedPolicy(partition, policy, counts));
    const wanted = views.filter(
      (view) =>
        !input.OnlyAttached ||
        (usage !== 'PermissionsBoundary' && view.AttachmentCount > 0) ||
        (usage !== 'PermissionsPolicy' && view.PermissionsBoundaryUsageCount > 0),
    );
    const { items, ...rest } = await pageOf(input, wanted, ({ Arn: arn }) => arn);
    return { Policies: items, ...rest };
  },
});

const deletePolicy = defineIamOperation({
  service: 'iam',
  name: 'DeletePolicy',
  summary: 'Deletes a managed policy that nobody uses and that has one version.',
  input: Type.Object({ PolicyArn: Arn }),
  output: 'nothing',
  access: actsOnArn('PolicyArn'),
  readOnly: false,
  audit: { request: ['PolicyArn'], response: null },
  async run({ input, scope }, { directory }: Uses<'directory'>) {
    await directory.change(async (transaction) => {
      const policy = await requirePolicy(transaction, scope, input.PolicyArn);
      checkOurs(policy);
      const inUse = await policyUsers({ directory: transaction }, scope.accountId, input.PolicyArn);
      const { users, groups, roles } = inUse.attached;
      if (users.length + groups.length + roles.length + inUse.bounded.length > 0) {
        throw iamError('DeleteConflict', 'Cannot delete a policy attached to entities.');
      }
      if (policy.versions.length > 1) {
        throw iamError(
          'DeleteConflict',
          "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        );
      }
      await transaction.remove(policy);
    });
    return {};
  },
});

const listEntitiesForPolicy = defineIamOperation({
  service: 'iam',
  name: 'ListEntitiesForPolicy',
  summary: 'Lists whom a managed policy is attached to, and whom it bounds.',
  input: Type.Object({
    PolicyArn: Arn,
    EntityFilter: Type.Optional(
      // Of policies none is the user of another one: the last two have empty lists.
      OneOf(['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy']),
    ),
    PathPrefix,
    PolicyUsageFilter,
    ...pageInput,
  }),
  output: Page({
    PolicyGroups: Type.Array(Type.Object({ GroupName: Type.String(), GroupId: Type.String() })),
    PolicyUsers: Type.Array(Type.Object({ UserName: Type.String(), UserId: Type.String() })),
    PolicyRoles: Type.Array(Type.Object({ RoleName: Type.String(), RoleId: Type.String() })),
  }),
  access: actsOnArn('PolicyArn'),
  readOnly: true,
  audit: {
    request: ['PolicyArn', 'EntityFilter', 'PathPrefix', 'PolicyUsageFilter'],
    response: null,
  },
  async run({ input, scope }, { directory }: Uses<'directory'>) {
    await requirePolicy(directory, scope, input.PolicyArn);
    const { attached, bounded } = await policyUsers(
      { directory },
      scope.accountId,
      input.PolicyArn,
    );
    const { EntityFilter: type, PolicyUsageFilter: usage, PathPrefix: prefix = '/' } = input;
    const shown = <Entity extends User | Group | Role>(
      of: typeof type,
      having: readonly Entity[],
      boundedBy: readonly Entity[],
    ): Entity[] => {
      if (type !== undefined && type !== of) return [];
      const all = new Set([
        ...(usage === 'PermissionsBoundary' ? [] : having),
        ...(usage === 'PermissionsPolicy' ? [] : boundedBy),
      ]);
      return [...all].filter(({ path }) => path.startsWith(prefix));
    };
    const boundedUsers = bounded.filter((each): each is User => each.kind === 'user');
    const boundedRoles = bounded.filter((each): each is Role => each.kind === 'role');
    return {
      PolicyGroups: shown('Group', attached.groups, []).map((each) => ({
        GroupName: each.name,
        GroupId: each.uniqueId,
      })),
      PolicyUsers: shown('User', attached.users, boundedUsers).map((each) => ({
        UserName: each.name,
        UserId: each.uniqueId,
      })),
      PolicyRoles: shown('Role', attached.roles, boundedRoles).map((each) => ({
        RoleName: each.name,
        RoleId: each.uniqueId,
      })),
      IsTruncated: false,
    };
  },
});

export const policyOperations: readonly IamOperation[] = [
  createPolicy,
  getPolicy,
  listPolicies,
  deletePolicy,
  listEntitiesForPolicy,
  ...tagOperations('policy'),
];
