/** IAM roles. Source: IAM API Reference. */
import { type Static, Type } from 'typebox';
import { EmptyResult } from '../../../declare/shape-kinds.js';
import type { Role } from '../directory/entities.js';
import { checkDetached, checkNew, requireEntity } from '../directory/entity-rules.js';
import { makeUniqueId } from '../directory/ids.js';
import { page } from '../directory/paging.js';
import { checkBoundary } from '../directory/policies.js';
import { prepareTrustPolicy } from '../directory/policy-texts.js';
import {
  Arn,
  Description,
  MaxSessionDuration,
  Path,
  PathPrefix,
  PolicyDocument,
  pageInput,
  RoleName,
  Tags,
} from '../directory/shapes.js';
import { requestTags, withTags } from '../directory/tags.js';
import { Page, RoleLastUsed, Role as RoleShape } from '../directory/view-shapes.js';
import { roleView } from '../directory/views.js';
import { requireNoProfile } from '../instance-profiles/profile-roles.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import { boundaryOperations } from '../policies/boundaries.operations.js';
import type { Uses } from '../ports.js';
import { actsOnAccount, makes, withTagging } from './access.js';
import { lastUseView } from './last-use.js';
import { onEntity } from './on-entity.js';
import { shownTrust } from './shown-trust.js';
import { tagOperations } from './tags.operations.js';

const DEFAULT_SESSION_SECONDS = 3600;

const CreateRoleInput = Type.Object({
  Path: Type.Optional(Path),
  RoleName,
  AssumeRolePolicyDocument: PolicyDocument,
  Description: Type.Optional(Description),
  MaxSessionDuration: Type.Optional(MaxSessionDuration),
  PermissionsBoundary: Type.Optional(Arn),
  Tags: Type.Optional(Tags),
});

const createRole = defineIamOperation({
  service: 'iam',
  name: 'CreateRole',
  summary: 'Makes a role and says who may assume it.',
  input: CreateRoleInput,
  output: Type.Object({ Role: RoleShape }),
  access: {
    ...makes('role', 'RoleName'),
    ...withTagging('iam:TagRole'),
    conditions: (input) => ({
      tags: requestTags(input.Tags),
      members: { 'iam:permissionsboundary': input.PermissionsBoundary },
    }),
  },
  readOnly: false,
  audit: {
    request: [
      'Path',
      'RoleName',
      'AssumeRolePolicyDocument',
      'Description',
      'MaxSessionDuration',
      'PermissionsBoundary',
      'Tags',
    ],
    response: ['Role'],
  },
  async run(
    { input, scope },
    {
      directory,
      principals,
      ...making
    }: Uses<'directory' | 'principals' | 'wallClock' | 'randomBytes'>,
  ) {
    const { accountId, partition } = scope;
    const trustPolicy = await prepareTrustPolicy(
      input.AssumeRolePolicyDocument,
      partition,
      principals,
    );
    const role = newRole(input, accountId, trustPolicy, making);
    await directory.change(async (transaction) => {
      await checkBoundary(transaction, scope, input.PermissionsBoundary);
      await checkNew(transaction, 'role', accountId, role.name);
      await transaction.put(role);
    });
    return { Role: roleView(partition, role, trustPolicy.text) };
  },
});

function newRole(
  input: Static<typeof CreateRoleInput>,
  accountId: string,
  trustPolicy: Role['trustPolicy'],
  { wallClock, randomBytes }: Uses<'wallClock' | 'randomBytes'>,
): Role {
  const { Description: description, PermissionsBoundary: permissionsBoundary } = input;
  return {
    kind: 'role',
    accountId,
    uniqueId: makeUniqueId('role', randomBytes),
    name: input.RoleName,
    path: input.Path ?? '/',
    createdAt: new Date(wallClock()),
    tags: withTags('role', {}, input.Tags),
    inlinePolicies: {},
    attachedPolicies: [],
    maxSessionDuration: input.MaxSessionDuration ?? DEFAULT_SESSION_SECONDS,
    trustPolicy,
    ...(description !== undefined && { description }),
    ...(permissionsBoundary !== undefined && { permissionsBoundary }),
  };
}

const getRole = onEntity('role', 'GetRole', {
  summary: 'Describes a role.',
  boundary: true,
  output: Type.Object({ Role: Type.Object({ ...RoleShape.properties, RoleLastUsed }) }),
  readOnly: true,
  async run(
    { name, scope: { accountId, partition } },
    { directory, principals, serviceUses }: Uses<'directory' | 'principals' | 'serviceUses'>,
  ) {
    const role = await requireEntity(directory, 'role', accountId, name);
    const view = roleView(partition, role, await shownTrust(role, { principals }));
    return { Role: { ...view, RoleLastUsed: lastUseView(await serviceUses.of(role.uniqueId)) } };
  },
});

const listRoles = defineIamOperation({
  service: 'iam',
  name: 'ListRoles',
  summary: 'Lists the roles of the account.',
  input: Type.Object({ PathPrefix, ...pageInput }),
  output: Page({ Roles: Type.Array(RoleShape) }),
  access: actsOnAccount('role'),
  readOnly: true,
  audit: { request: ['PathPrefix'], response: null },
  async run(
    { input, scope: { accountId, partition } },
    { directory, principals }: Uses<'directory' | 'principals'>,
  ) {
    const { PathPrefix: pathPrefix = '/' } = input;
    const { items, ...rest } = await page(
      input,
      (after, limit) => directory.list('role', accountId, { after, limit, pathPrefix }),
      ({ name }) => name.toLowerCase(),
    );
    const views = items.map(async (role) =>
      roleView(partition, role, await shownTrust(role, { principals }), false),
    );
    return { Roles: await Promise.all(views), ...rest };
  },
});

const updateRole = onEntity('role', 'UpdateRole', {
  summary: "Changes a role's description or longest session.",
  boundary: true,
  members: {
    Description: Type.Optional(Description),
    MaxSessionDuration: Type.Optional(MaxSessionDuration),
  },
  output: EmptyResult,
  async run({ input, name, scope: { accountId } }, { directory }: Uses<'directory'>) {
    const { Description: description, MaxSessionDuration: maxSessionDuration } = input;
    await directory.change(async (transaction) => {
      const role = await requireEntity(transaction, 'role', accountId, name);
      await transaction.put({
        ...role,
        ...(description !== undefined && { description }),
        ...(maxSessionDuration !== undefined && { maxSessionDuration }),
      });
    });
    return {};
  },
});

const updateRoleDescription = onEntity('role', 'UpdateRoleDescription', {
  summary: "Changes a role's description.",
  boundary: true,
  members: { Description },
  output: Type.Object({ Role: RoleShape }),
  async run(
    { input, name, scope: { accountId, partition } },
    { directory, principals }: Uses<'directory' | 'principals'>,
  ) {
    const role = await directory.change(async (transaction) => {
      const found = await requireEntity(transaction, 'role', accountId, name);
      const changed = { ...found, description: input.Description };
      await transaction.put(changed);
      return changed;
    });
    return { Role: roleView(partition, role, await shownTrust(role, { principals })) };
  },
});

const deleteRole = onEntity('role', 'DeleteRole', {
  summary: 'Deletes a role without policies; its sessions end with it.',
  boundary: true,
  output: 'nothing',
  async run({ name, scope: { accountId } }, { directory }: Uses<'directory'>) {
    await directory.change(async (transaction) => {
      const role = await requireEntity(transaction, 'role', accountId, name);
      await requireNoProfile(transaction, role);
      checkDetached(role);
      await transaction.remove(role);
    });
    return {};
  },
});

const updateAssumeRolePolicy = onEntity('role', 'UpdateAssumeRolePolicy', {
  summary: 'Says anew who may assume a role.',
  boundary: true,
  members: { PolicyDocument },
  output: 'nothing',
  async run(
    { input, name, scope: { accountId, partition } },
    { directory, principals }: Uses<'directory' | 'principals'>,
  ) {
    const trustPolicy = await prepareTrustPolicy(input.PolicyDocument, partition, principals);
    await directory.change(async (transaction) => {
      const role = await requireEntity(transaction, 'role', accountId, name);
      await transaction.put({ ...role, trustPolicy });
    });
    return {};
  },
});

export const roleOperations: readonly IamOperation[] = [
  createRole,
  getRole,
  listRoles,
  updateRole,
  updateRoleDescription,
  deleteRole,
  updateAssumeRolePolicy,
  ...boundaryOperations('role'),
  ...tagOperations('role'),
];
