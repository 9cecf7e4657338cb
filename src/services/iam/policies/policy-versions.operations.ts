/** Versions of managed policies. Source: IAM API Reference. */
import { Type } from 'typebox';
import type { ManagedPolicy } from '../directory/entities.js';
import { pageOf } from '../directory/paging.js';
import { checkOurs, checkPolicyText, requirePolicy } from '../directory/policies.js';
import { MAX_POLICY_VERSIONS } from '../directory/quotas.js';
import { Arn, PolicyDocument, pageInput, VersionId } from '../directory/shapes.js';
import { Page, PolicyVersion } from '../directory/view-shapes.js';
import { encodedDocument } from '../directory/views.js';
import { actsOnArn } from '../entities/access.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';

const createPolicyVersion = defineIamOperation({
  service: 'iam',
  name: 'CreatePolicyVersion',
  summary: 'Adds a version to a managed policy.',
  input: Type.Object({
    PolicyArn: Arn,
    PolicyDocument,
    SetAsDefault: Type.Optional(Type.Boolean()),
  }),
  output: Type.Object({ PolicyVersion }),
  access: actsOnArn('PolicyArn'),
  readOnly: false,
  audit: {
    request: ['PolicyArn', 'PolicyDocument', 'SetAsDefault'],
    response: ['PolicyVersion.VersionId', 'PolicyVersion.IsDefaultVersion'],
  },
  async run({ input, scope }, { directory, wallClock }: Uses<'directory' | 'wallClock'>) {
    checkPolicyText(input.PolicyDocument, scope.partition);
    const isDefault = input.SetAsDefault ?? false;
    const version = await directory.change(async (transaction) => {
      const policy = await requirePolicy(transaction, scope, input.PolicyArn);
      checkOurs(policy);
      if (policy.versions.length >= MAX_POLICY_VERSIONS) {
        throw iamError(
          'LimitExceeded',
          `A managed policy can have up to ${MAX_POLICY_VERSIONS} versions. Before you create a new version, you must delete an existing version.`,
        );
      }
      const made = {
        versionId: `v${policy.nextVersion}`,
        text: input.PolicyDocument,
        createdAt: wallClock(),
      };
      await transaction.put({
        ...policy,
        updatedAt: wallClock(),
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

/** @throws ServiceError NoSuchEntity */
function requireVersion(policy: ManagedPolicy, versionId: string) {
  const version = policy.versions.find((each) => each.versionId === versionId);
  if (version) return version;
  throw iamError(
    'NoSuchEntity',
    `Policy version ${versionId} of policy ${policy.name} does not exist.`,
  );
}

const getPolicyVersion = defineIamOperation({
  service: 'iam',
  name: 'GetPolicyVersion',
  summary: 'Shows the document of a version.',
  input: Type.Object({ PolicyArn: Arn, VersionId }),
  output: Type.Object({ PolicyVersion }),
  access: actsOnArn('PolicyArn'),
  readOnly: true,
  audit: { request: ['PolicyArn', 'VersionId'], response: null },
  async run({ input, scope }, { directory }: Uses<'directory'>) {
    const policy = await requirePolicy(directory, scope, input.PolicyArn);
    const version = requireVersion(policy, input.VersionId);
    return {
      PolicyVersion: versionView(version, version.versionId === policy.defaultVersionId, true),
    };
  },
});

const listPolicyVersions = defineIamOperation({
  service: 'iam',
  name: 'ListPolicyVersions',
  summary: 'Lists the versions of a managed policy.',
  input: Type.Object({ PolicyArn: Arn, ...pageInput }),
  output: Page({ Versions: Type.Array(PolicyVersion) }),
  access: actsOnArn('PolicyArn'),
  readOnly: true,
  audit: { request: ['PolicyArn'], response: null },
  async run({ input, scope }, { directory }: Uses<'directory'>) {
    const policy = await requirePolicy(directory, scope, input.PolicyArn);
    const { items, ...rest } = await pageOf(input, policy.versions, ({ versionId }) => versionId);
    const views = items.map((version) =>
      versionView(version, version.versionId === policy.defaultVersionId, false),
    );
    return { Versions: views, ...rest };
  },
});

const setDefaultPolicyVersion = defineIamOperation({
  service: 'iam',
  name: 'SetDefaultPolicyVersion',
  summary: 'Makes a version the one in force.',
  input: Type.Object({ PolicyArn: Arn, VersionId }),
  output: 'nothing',
  access: actsOnArn('PolicyArn'),
  readOnly: false,
  audit: { request: ['PolicyArn', 'VersionId'], response: null },
  async run({ input, scope }, { directory, wallClock }: Uses<'directory' | 'wallClock'>) {
    await directory.change(async (transaction) => {
      const policy = await requirePolicy(transaction, scope, input.PolicyArn);
      checkOurs(policy);
      const { versionId } = requireVersion(policy, input.VersionId);
      await transaction.put({ ...policy, defaultVersionId: versionId, updatedAt: wallClock() });
    });
    return {};
  },
});

const deletePolicyVersion = defineIamOperation({
  service: 'iam',
  name: 'DeletePolicyVersion',
  summary: 'Deletes a version that is not in force.',
  input: Type.Object({ PolicyArn: Arn, VersionId }),
  output: 'nothing',
  access: actsOnArn('PolicyArn'),
  readOnly: false,
  audit: { request: ['PolicyArn', 'VersionId'], response: null },
  async run({ input, scope }, { directory }: Uses<'directory'>) {
    await directory.change(async (transaction) => {
      const policy = await requirePolicy(transaction, scope, input.PolicyArn);
      checkOurs(policy);
      const { versionId } = requireVersion(policy, input.VersionId);
      if (versionId === policy.defaultVersionId) {
        throw iamError('DeleteConflict', 'Cannot delete the default version of a policy.');
      }
      const versions = policy.versions.filter((version) => version.versionId !== versionId);
      await transaction.put({ ...policy, versions });
    });
    return {};
  },
});

export const policyVersionOperations: readonly IamOperation[] = [
  createPolicyVersion,
  getPolicyVersion,
  listPolicyVersions,
  setDefaultPolicyVersion,
  deletePolicyVersion,
];
