/** Managed policies and their versions. Source: IAM API Reference. */
import { Type } from 'typebox';
import { QueryError } from '../../api/query-errors.js';
import { defineQueryOperation, type QueryOperation } from '../../api/query-operation.js';
import { OneOf } from '../../api/shapes.js';
import { entityArn } from '../../iam/arns.js';
import type { ManagedPolicy } from '../../iam/entities.js';
import { checkNew } from '../../iam/entity-rules.js';
import { makeUniqueId } from '../../iam/ids.js';
import { pageOf } from '../../iam/paging.js';
import { awsPolicies, policyUsers, requirePolicy } from '../../iam/policies.js';
import { checkIdentityPolicy, policySize } from '../../iam/policy-texts.js';
import {
  Arn,
  Description,
  Output,
  Path,
  PathPrefix,
  PolicyDocument,
  PolicyName,
  pageInput,
  TagKeys,
  Tags,
  VersionId,
} from '../../iam/shapes.js';
import { requestTags, tagList, withoutTags, withTags } from '../../iam/tags.js';
import { encodedDocument, policyView } from '../../iam/views.js';
import type { QueryServices } from '../query-services.js';
import { actsOnAccount, actsOnArn } from './access.js';

const MAX_SIZE = 6144;
const MAX_VERSIONS = 5;

function checkPolicyText(text: string): void {
  checkIdentityPolicy(text);
  if (policySize(text) > MAX_SIZE) {
    throw new QueryError('LimitExceeded', `Cannot exceed quota for PolicySize: ${MAX_SIZE}`);
  }
}

async function viewOf(
  partition: string,
  policy: ManagedPolicy,
  accountId: string,
  services: QueryServices,
) {
  const arn = entityArn(partition, policy);
  const { attached, bounded } = await policyUsers(services, accountId, arn);
  const attachments = Object.values(attached).reduce((sum, each) => sum + each.length, 0);
  return policyView(partition, policy, { attachments, boundaries: bounded.length });
}

/** @throws QueryError AccessDenied for a policy of AWS's */
function checkOurs(policy: ManagedPolicy): void {
  if (policy.accountId !== 'aws') return;
  throw new QueryError('AccessDenied', `Policies that AWS manages cannot be changed.`);
}

const createPolicy = defineQueryOperation({
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
  output: Output,
  access: {
    by: 'identity',
    resource: ({ Path: path = '/', PolicyName: name }, { scope: { partition, accountId } }) =>
      entityArn(partition, { kind: 'policy', accountId, path, name }),
    conditions: (input) => ({ tags: requestTags(input.Tags) }),
  },
  readOnly: false,
  audit: {
    request: ['PolicyName', 'Path', 'PolicyDocument', 'Description', 'Tags'],
    response: ['Policy'],
  },
  async run({ input, scope: { accountId, partition } }, services) {
    checkPolicyText(input.PolicyDocument);
    const { directory, now, randomBytes } = services;
    const createdAt = now();
    const policy: ManagedPolicy = {
      kind: 'policy',
      accountId,
      uniqueId: makeUniqueId('policy', randomBytes),
      name: input.PolicyName,
      path: input.Path ?? '/',
      createdAt: new Date(createdAt),
      tags: withTags({}, input.Tags),
      updatedAt: createdAt,
      versions: [{ versionId: 'v1', text: input.PolicyDocument, createdAt }],
      defaultVersionId: 'v1',
      nextVersion: 2,
      ...(input.Description !== undefined && { description: input.Description }),
    };
    await directory.change(async (transaction) => {
      const taken = await transaction.find('policy', accountId, policy.name);
      if (taken) {
        throw new QueryError(
          'EntityAlreadyExists',
          `A policy called ${policy.name} already exists. Duplicate names are not allowed.`,
        );
      }
      await checkNew(transaction, 'policy', accountId, policy.name);
      await transaction.put(policy);
    });
    return { Policy: await viewOf(partition, policy, accountId, services) };
  },
});

const getPolicy = defineQueryOperation({
  service: 'iam',
  name: 'GetPolicy',
  summary: 'Describes a managed policy.',
  input: Type.Object({ PolicyArn: Arn }),
  output: Output,
  access: actsOnArn('PolicyArn'),
  readOnly: true,
  audit: { request: ['PolicyArn'], response: null },
  async run({ input, scope }, services) {
    const policy = await requirePolicy(services.directory, scope, input.PolicyArn);
    return { Policy: await viewOf(scope.partition, policy, scope.accountId, services) };
  },
});

const listPolicies = defineQueryOperation({
  service: 'iam',
  name: 'ListPolicies',
  summary: "Lists managed policies, the account's and AWS's.",
  input: Type.Object({
    Scope: Type.Optional(OneOf(['All', 'AWS', 'Local'])),
    OnlyAttached: Type.Optional(Type.Boolean()),
    PathPrefix,
    PolicyUsageFilter: Type.Optional(OneOf(['PermissionsPolicy', 'PermissionsBoundary'])),
    ...pageInput,
  }),
  output: Output,
  access: actsOnAccount(undefined),
  readOnly: true,
  audit: { request: ['Scope', 'OnlyAttached', 'PathPrefix'], response: null },
  async run({ input, scope: { accountId, partition } }, services) {
    const { Scope: scope = 'All', PathPrefix: prefix = '/' } = input;
    const local = scope === 'AWS' ? [] : await services.directory.list('policy', accountId);
    const all = scope === 'Local' ? local : [...local, ...awsPolicies()];
    const views = all
      .filter(({ path }) => path.startsWith(prefix))
      .map((policy) => viewOf(partition, policy, accountId, services));
    const wanted = (await Promise.all(views)).filter(
      (view) =>
        (!input.OnlyAttached || view.AttachmentCount > 0) &&
        (input.PolicyUsageFilter !== 'PermissionsPolicy' || view.AttachmentCount > 0) &&
        (input.PolicyUsageFilter !== 'PermissionsBoundary' ||
          view.PermissionsBoundaryUsageCount > 0),
    );
    const { items, ...rest } = await pageOf(input, wanted, ({ Arn: arn }) => arn);
    return { Policies: items, ...rest };
  },
});

const deletePolicy = defineQueryOperation({
  service: 'iam',
  name: 'DeletePolicy',
  summary: 'Deletes a managed policy that nobody uses and that has one version.',
  input: Type.Object({ PolicyArn: Arn }),
  output: 'nothing',
  access: actsOnArn('PolicyArn'),
  readOnly: false,
  audit: { request: ['PolicyArn'], response: null },
  async run({ input, scope }, { directory }) {
    await directory.change(async (transaction) => {
      const policy = await requirePolicy(transaction, scope, input.PolicyArn);
      checkOurs(policy);
      const inUse = await policyUsers({ directory: transaction }, scope.accountId, input.PolicyArn);
      const { users, groups, roles } = inUse.attached;
      if (users.length + groups.length + roles.length + inUse.bounded.length > 0) {
        throw new QueryError('DeleteConflict', 'Cannot delete a policy attached to entities.');
      }
      if (policy.versions.length > 1) {
        throw new QueryError(
          'DeleteConflict',
          "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        );
      }
      await transaction.remove(policy);
    });
    return {};
  },
});

const createPolicyVersion = defineQueryOperation({
  service: 'iam',
  name: 'CreatePolicyVersion',
  summary: 'Adds a version to a managed policy.',
  input: Type.Object({
    PolicyArn: Arn,
    PolicyDocument,
    SetAsDefault: Type.Optional(Type.Boolean()),
  }),
  output: Output,
  access: actsOnArn('PolicyArn'),
  readOnly: false,
  audit: { request: ['PolicyArn', 'PolicyDocument', 'SetAsDefault'], response: null },
  async run({ input, scope }, { directory, now }) {
    checkPolicyText(input.PolicyDocument);
    const isDefault = input.SetAsDefault ?? false;
    const version = await directory.change(async (transaction) => {
      const policy = await requirePolicy(transaction, scope, input.PolicyArn);
      checkOurs(policy);
      if (policy.versions.length >= MAX_VERSIONS) {
        throw new QueryError(
          'LimitExceeded',
          `A managed policy can have up to ${MAX_VERSIONS} versions. Before you create a new version, you must delete an existing version.`,
        );
      }
      const made = {
        versionId: `v${policy.nextVersion}`,
        text: input.PolicyDocument,
        createdAt: now(),
      };
      await transaction.put({
        ...policy,
        updatedAt: now(),
        versions: [...policy.versions, made],
        nextVersion: policy.nextVersion + 1,
        ...(isDefault && { defaultVersionId: made.versionId }),
      });
      return made;
    });
    return { PolicyVersion: versionView(version, isDefault, false) };
  },
});

function versionView(
  { versionId, text, createdAt }: ManagedPolicy['versions'][number],
  isDefault: boolean,
  withDocument: boolean,
) {
  return {
    ...(withDocument && { Document: encodedDocument(text) }),
    VersionId: versionId,
    IsDefaultVersion: isDefault,
    CreateDate: new Date(createdAt),
  };
}

/** @throws QueryError NoSuchEntity */
function requireVersion(policy: ManagedPolicy, versionId: string) {
  const version = policy.versions.find((each) => each.versionId === versionId);
  if (version) return version;
  throw new QueryError(
    'NoSuchEntity',
    `Policy version ${versionId} of policy ${policy.name} does not exist.`,
  );
}

const getPolicyVersion = defineQueryOperation({
  service: 'iam',
  name: 'GetPolicyVersion',
  summary: 'Shows the document of a version.',
  input: Type.Object({ PolicyArn: Arn, VersionId }),
  output: Output,
  access: actsOnArn('PolicyArn'),
  readOnly: true,
  audit: { request: ['PolicyArn', 'VersionId'], response: null },
  async run({ input, scope }, { directory }) {
    const policy = await requirePolicy(directory, scope, input.PolicyArn);
    const version = requireVersion(policy, input.VersionId);
    return {
      PolicyVersion: versionView(version, version.versionId === policy.defaultVersionId, true),
    };
  },
});

const listPolicyVersions = defineQueryOperation({
  service: 'iam',
  name: 'ListPolicyVersions',
  summary: 'Lists the versions of a managed policy.',
  input: Type.Object({ PolicyArn: Arn, ...pageInput }),
  output: Output,
  access: actsOnArn('PolicyArn'),
  readOnly: true,
  audit: { request: ['PolicyArn'], response: null },
  async run({ input, scope }, { directory }) {
    const policy = await requirePolicy(directory, scope, input.PolicyArn);
    const { items, ...rest } = await pageOf(input, policy.versions, ({ versionId }) => versionId);
    const views = items.map((version) =>
      versionView(version, version.versionId === policy.defaultVersionId, false),
    );
    return { Versions: views, ...rest };
  },
});

const setDefaultPolicyVersion = defineQueryOperation({
  service: 'iam',
  name: 'SetDefaultPolicyVersion',
  summary: 'Makes a version the one in force.',
  input: Type.Object({ PolicyArn: Arn, VersionId }),
  output: 'nothing',
  access: actsOnArn('PolicyArn'),
  readOnly: false,
  audit: { request: ['PolicyArn', 'VersionId'], response: null },
  async run({ input, scope }, { directory, now }) {
    await directory.change(async (transaction) => {
      const policy = await requirePolicy(transaction, scope, input.PolicyArn);
      checkOurs(policy);
      const { versionId } = requireVersion(policy, input.VersionId);
      await transaction.put({ ...policy, defaultVersionId: versionId, updatedAt: now() });
    });
    return {};
  },
});

const deletePolicyVersion = defineQueryOperation({
  service: 'iam',
  name: 'DeletePolicyVersion',
  summary: 'Deletes a version that is not in force.',
  input: Type.Object({ PolicyArn: Arn, VersionId }),
  output: 'nothing',
  access: actsOnArn('PolicyArn'),
  readOnly: false,
  audit: { request: ['PolicyArn', 'VersionId'], response: null },
  async run({ input, scope }, { directory }) {
    await directory.change(async (transaction) => {
      const policy = await requirePolicy(transaction, scope, input.PolicyArn);
      checkOurs(policy);
      const { versionId } = requireVersion(policy, input.VersionId);
      if (versionId === policy.defaultVersionId) {
        throw new QueryError('DeleteConflict', 'Cannot delete the default version of a policy.');
      }
      const versions = policy.versions.filter((version) => version.versionId !== versionId);
      await transaction.put({ ...policy, versions });
    });
    return {};
  },
});

const listEntitiesForPolicy = defineQueryOperation({
  service: 'iam',
  name: 'ListEntitiesForPolicy',
  summary: 'Lists whom a managed policy is attached to.',
  input: Type.Object({
    PolicyArn: Arn,
    EntityFilter: Type.Optional(OneOf(['User', 'Role', 'Group'])),
    ...pageInput,
  }),
  output: Output,
  access: actsOnArn('PolicyArn'),
  readOnly: true,
  audit: { request: ['PolicyArn', 'EntityFilter'], response: null },
  async run({ input, scope }, services) {
    await requirePolicy(services.directory, scope, input.PolicyArn);
    const { attached } = await policyUsers(services, scope.accountId, input.PolicyArn);
    const shown = (type: string) => input.EntityFilter === undefined || input.EntityFilter === type;
    return {
      PolicyGroups: shown('Group')
        ? attached.groups.map((each) => ({ GroupName: each.name, GroupId: each.uniqueId }))
        : [],
      PolicyUsers: shown('User')
        ? attached.users.map((each) => ({ UserName: each.name, UserId: each.uniqueId }))
        : [],
      PolicyRoles: shown('Role')
        ? attached.roles.map((each) => ({ RoleName: each.name, RoleId: each.uniqueId }))
        : [],
      IsTruncated: false,
    };
  },
});

const tagPolicy = defineQueryOperation({
  service: 'iam',
  name: 'TagPolicy',
  summary: 'Adds tags to a managed policy.',
  input: Type.Object({ PolicyArn: Arn, Tags }),
  output: 'nothing',
  access: actsOnArn('PolicyArn'),
  readOnly: false,
  audit: { request: ['PolicyArn', 'Tags'], response: null },
  async run({ input, scope }, { directory }) {
    await directory.change(async (transaction) => {
      const policy = await requirePolicy(transaction, scope, input.PolicyArn);
      checkOurs(policy);
      await transaction.put({ ...policy, tags: withTags(policy.tags, input.Tags) });
    });
    return {};
  },
});

const untagPolicy = defineQueryOperation({
  service: 'iam',
  name: 'UntagPolicy',
  summary: 'Removes tags from a managed policy.',
  input: Type.Object({ PolicyArn: Arn, TagKeys }),
  output: 'nothing',
  access: actsOnArn('PolicyArn'),
  readOnly: false,
  audit: { request: ['PolicyArn', 'TagKeys'], response: null },
  async run({ input, scope }, { directory }) {
    await directory.change(async (transaction) => {
      const policy = await requirePolicy(transaction, scope, input.PolicyArn);
      checkOurs(policy);
      await transaction.put({ ...policy, tags: withoutTags(policy.tags, input.TagKeys) });
    });
    return {};
  },
});

const listPolicyTags = defineQueryOperation({
  service: 'iam',
  name: 'ListPolicyTags',
  summary: 'Lists the tags of a managed policy.',
  input: Type.Object({ PolicyArn: Arn, ...pageInput }),
  output: Output,
  access: actsOnArn('PolicyArn'),
  readOnly: true,
  audit: { request: ['PolicyArn'], response: null },
  async run({ input, scope }, { directory }) {
    const policy = await requirePolicy(directory, scope, input.PolicyArn);
    const { items, ...rest } = await pageOf(input, tagList(policy.tags), ({ Key }) => Key);
    return { Tags: items, ...rest };
  },
});

export const policyOperations: readonly QueryOperation[] = [
  createPolicy,
  getPolicy,
  listPolicies,
  deletePolicy,
  createPolicyVersion,
  getPolicyVersion,
  listPolicyVersions,
  setDefaultPolicyVersion,
  deletePolicyVersion,
  listEntitiesForPolicy,
  tagPolicy,
  untagPolicy,
  listPolicyTags,
];
