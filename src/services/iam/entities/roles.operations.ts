/** IAM roles. Source: IAM API Reference. */
import { type Static, Type } from 'typebox';
import { shownPolicy } from '../../../authz/shown-policy.js';
import { entityArn } from '../directory/arns.js';
import type { Role } from '../directory/entities.js';
import {
  checkBoundary,
  checkDetached,
  checkNew,
  requireEntity,
} from '../directory/entity-rules.js';
import { makeUniqueId } from '../directory/ids.js';
import { page } from '../directory/paging.js';
import { prepareTrustPolicy } from '../directory/policy-texts.js';
import {
  Arn,
  Description,
  MaxSessionDuration,
  Output,
  Path,
  PathPrefix,
  PolicyDocument,
  pageInput,
  RoleName,
  Tags,
} from '../directory/shapes.js';
import { requestTags, withTags } from '../directory/tags.js';
import { roleView } from '../directory/views.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import { boundaryOperations } from '../policies/boundaries.operations.js';
import type { QueryServices } from '../services.js';
import { actsOn, actsOnAccount } from './access.js';
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
  output: Output,
  access: {
    by: 'identity',
    resource: ({ Path: path = '/', RoleName: name }, { scope: { partition, accountId } }) =>
      entityArn(partition, { kind: 'role', accountId, path, name }),
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
  async run({ input, scope: { accountId, partition } }, services) {
    const { directory, principals } = services;
    await checkBoundary(services, input.PermissionsBoundary);
    const trustPolicy = await prepareTrustPolicy(input.AssumeRolePolicyDocument, principals);
    const role = newRole(input, accountId, trustPolicy, services);
    await directory.change(async (transaction) => {
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
  { wallClock, randomBytes }: QueryServices,
): Role {
  const { Description: description, PermissionsBoundary: permissionsBoundary } = input;
  return {
    kind: 'role',
    accountId,
    uniqueId: makeUniqueId('role', randomBytes),
    name: input.RoleName,
    path: input.Path ?? '/',
    createdAt: new Date(wallClock()),
    tags: withTags({}, input.Tags),
    inlinePolicies: {},
    attachedPolicies: [],
    maxSessionDuration: input.MaxSessionDuration ?? DEFAULT_SESSION_SECONDS,
    trustPolicy,
    ...(description !== undefined && { description }),
    ...(permissionsBoundary !== undefined && { permissionsBoundary }),
  };
}

function shownTrust({ trustPolicy }: Role, { principals }: QueryServices): Promise<string> {
  return shownPolicy(trustPolicy.text, trustPolicy.principalIds, principals);
}

const getRole = defineIamOperation({
  service: 'iam',
  name: 'GetRole',
  summary: 'Describes a role.',
  input: Type.Object({ RoleName }),
  output: Output,
  access: actsOn('role', 'RoleName'),
  readOnly: true,
  audit: { request: ['RoleName'], response: null },
  async run({ input, scope: { accountId, partition } }, services) {
    const role = await requireEntity(services.directory, 'role', accountId, input.RoleName);
    return { Role: roleView(partition, role, await shownTrust(role, services)) };
  },
});

const listRoles = defineIamOperation({
  service: 'iam',
  name: 'ListRoles',
  summary: 'Lists the roles of the account.',
  input: Type.Object({ PathPrefix, ...pageInput }),
  output: Output,
  access: actsOnAccount('role'),
  readOnly: true,
  audit: { request: ['PathPrefix'], response: null },
  async run({ input, scope: { accountId, partition } }, services) {
    const { PathPrefix: pathPrefix = '/' } = input;
    const { items, ...rest } = await page(
      input,
      (after, limit) => services.directory.list('role', accountId, { after, limit, pathPrefix }),
      ({ name }) => name.toLowerCase(),
    );
    const views = items.map(async (role) =>
      roleView(partition, role, await shownTrust(role, services), false),
    );
    return { Roles: await Promise.all(views), ...rest };
  },
});

const updateRole = defineIamOperation({
  service: 'iam',
  name: 'UpdateRole',
  summary: "Changes a role's description or longest session.",
  input: Type.Object({
    RoleName,
    Description: Type.Optional(Description),
    MaxSessionDuration: Type.Optional(MaxSessionDuration),
  }),
  output: Output,
  access: actsOn('role', 'RoleName'),
  readOnly: false,
  audit: { request: ['RoleName', 'Description', 'MaxSessionDuration'], response: null },
  async run({ input, scope: { accountId } }, { directory }) {
    const { Description: description, MaxSessionDuration: maxSessionDuration } = input;
    await directory.change(async (transaction) => {
      const role = await requireEntity(transaction, 'role', accountId, input.RoleName);
      await transaction.put({
        ...role,
        ...(description !== undefined && { description }),
        ...(maxSessionDuration !== undefined && { maxSessionDuration }),
      });
    });
    return {};
  },
});

const updateRoleDescription = defineIamOperation({
  service: 'iam',
  name: 'UpdateRoleDescription',
  summary: "Changes a role's description.",
  input: Type.Object({ RoleName, Description }),
  output: Output,
  access: actsOn('role', 'RoleName'),
  readOnly: false,
  audit: { request: ['RoleName', 'Description'], response: null },
  async run({ input, scope: { accountId, partition } }, services) {
    const role = await services.directory.change(async (transaction) => {
      const found = await requireEntity(transaction, 'role', accountId, input.RoleName);
      const changed = { ...found, description: input.Description };
      await transaction.put(changed);
      return changed;
    });
    return { Role: roleView(partition, role, await shownTrust(role, services)) };
  },
});

const deleteRole = defineIamOperation({
  service: 'iam',
  name: 'DeleteRole',
  summary: 'Deletes a role without policies; its sessions end with it.',
  input: Type.Object({ RoleName }),
  output: 'nothing',
  access: actsOn('role', 'RoleName'),
  readOnly: false,
  audit: { request: ['RoleName'], response: null },
  async run({ input, scope: { accountId } }, { directory }) {
    await directory.change(async (transaction) => {
      const role = await requireEntity(transaction, 'role', accountId, input.RoleName);
      checkDetached(role);
      await transaction.remove(role);
    });
    return {};
  },
});

const updateAssumeRolePolicy = defineIamOperation({
  service: 'iam',
  name: 'UpdateAssumeRolePolicy',
  summary: 'Says anew who may assume a role.',
  input: Type.Object({ RoleName, PolicyDocument }),
  output: 'nothing',
  access: actsOn('role', 'RoleName'),
  readOnly: false,
  audit: { request: ['RoleName', 'PolicyDocument'], response: null },
  async run({ input, scope: { accountId } }, { directory, principals }) {
    const trustPolicy = await prepareTrustPolicy(input.PolicyDocument, principals);
    await directory.change(async (transaction) => {
      const role = await requireEntity(transaction, 'role', accountId, input.RoleName);
      await transaction.put({ ...role, trustPolicy });
    });
    return {};
  },
});

const listInstanceProfilesForRole = defineIamOperation({
  service: 'iam',
  name: 'ListInstanceProfilesForRole',
  summary: 'Lists instance profiles: there are none on premises.',
  input: Type.Object({ RoleName, ...pageInput }),
  output: Output,
  access: actsOn('role', 'RoleName'),
  readOnly: true,
  audit: { request: ['RoleName'], response: null },
  async run({ input, scope: { accountId } }, { directory }) {
    await requireEntity(directory, 'role', accountId, input.RoleName);
    return { InstanceProfiles: [], IsTruncated: false };
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
  listInstanceProfilesForRole,
  ...boundaryOperations('Role', RoleName),
  ...tagOperations('Role', RoleName),
];
