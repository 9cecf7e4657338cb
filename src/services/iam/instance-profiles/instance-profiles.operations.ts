/** Instance profiles, which hold a role for a machine. Source: IAM API Reference. */
import { Type } from 'typebox';
import { NotFound, QuotaExceeded } from '../../../kernel/facts.js';
import type { InstanceProfile } from '../directory/entities.js';
import { checkNew, requireEntity } from '../directory/entity-rules.js';
import { makeUniqueId } from '../directory/ids.js';
import { page, pageOf } from '../directory/paging.js';
import { MAX_ROLES_OF_INSTANCE_PROFILE } from '../directory/quotas.js';
import {
  InstanceProfileName,
  Path,
  PathPrefix,
  pageInput,
  RoleName,
  Tags,
} from '../directory/shapes.js';
import { requestTags, withTags } from '../directory/tags.js';
import { InstanceProfile as InstanceProfileShape, Page } from '../directory/view-shapes.js';
import { instanceProfileView } from '../directory/views.js';
import { actsOnAccount, makes, withTagging } from '../entities/access.js';
import { onEntity } from '../entities/on-entity.js';
import { tagOperations } from '../entities/tags.operations.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';
import { profilesOf, shownProfile, stillHasRoles } from './profile-roles.js';

const createInstanceProfile = defineIamOperation({
  service: 'iam',
  name: 'CreateInstanceProfile',
  summary: 'Makes an instance profile without a role.',
  input: Type.Object({
    InstanceProfileName,
    Path: Type.Optional(Path),
    Tags: Type.Optional(Tags),
  }),
  output: Type.Object({ InstanceProfile: InstanceProfileShape }),
  access: {
    ...makes('instance-profile', 'InstanceProfileName'),
    ...withTagging('iam:TagInstanceProfile'),
    conditions: (input) => ({ tags: requestTags(input.Tags) }),
  },
  readOnly: false,
  audit: { request: ['InstanceProfileName', 'Path', 'Tags'], response: ['InstanceProfile'] },
  async run(
    { input, scope: { accountId, partition } },
    { directory, wallClock, randomBytes }: Uses<'directory' | 'wallClock' | 'randomBytes'>,
  ) {
    const { InstanceProfileName: name } = input;
    const profile: InstanceProfile = {
      kind: 'instance-profile',
      accountId,
      uniqueId: makeUniqueId('instance-profile', randomBytes),
      name,
      path: input.Path ?? '/',
      createdAt: new Date(wallClock()),
      tags: withTags('instance-profile', {}, input.Tags),
    };
    await directory.change(async (transaction) => {
      if (await transaction.find('instance-profile', accountId, name)) {
        throw iamError('EntityAlreadyExists', `Instance Profile ${name} already exists.`);
      }
      await checkNew(transaction, 'instance-profile', accountId, name);
      await transaction.put(profile);
    });
    return { InstanceProfile: instanceProfileView(partition, profile, []) };
  },
});

const getInstanceProfile = onEntity('instance-profile', 'GetInstanceProfile', {
  summary: 'Describes an instance profile with its role.',
  output: Type.Object({ InstanceProfile: InstanceProfileShape }),
  readOnly: true,
  async run({ name, scope }, ports: Uses<'directory' | 'principals'>) {
    const { accountId } = scope;
    const profile = await requireEntity(ports.directory, 'instance-profile', accountId, name);
    return { InstanceProfile: await shownProfile(scope, profile, ports) };
  },
});

const deleteInstanceProfile = onEntity('instance-profile', 'DeleteInstanceProfile', {
  summary: 'Deletes an instance profile without a role.',
  output: 'nothing',
  async run({ name, scope: { accountId } }, { directory }: Uses<'directory'>) {
    await directory.change(async (transaction) => {
      const profile = await requireEntity(transaction, 'instance-profile', accountId, name);
      if (profile.role !== undefined) throw stillHasRoles();
      await transaction.remove(profile);
    });
    return {};
  },
});

const listInstanceProfiles = defineIamOperation({
  service: 'iam',
  name: 'ListInstanceProfiles',
  summary: 'Lists the instance profiles of the account.',
  input: Type.Object({ PathPrefix, ...pageInput }),
  output: Page({ InstanceProfiles: Type.Array(InstanceProfileShape) }),
  access: actsOnAccount('instance-profile'),
  readOnly: true,
  audit: { request: ['PathPrefix'], response: null },
  async run({ input, scope }, ports: Uses<'directory' | 'principals'>) {
    const { PathPrefix: pathPrefix = '/' } = input;
    const { directory } = ports;
    const { items, ...rest } = await page(
      input,
      (after, limit) =>
        directory.list('instance-profile', scope.accountId, { after, limit, pathPrefix }),
      ({ name }) => name.toLowerCase(),
    );
    const shown = items.map((each) => shownProfile(scope, each, ports, false));
    return { InstanceProfiles: await Promise.all(shown), ...rest };
  },
});

const listInstanceProfilesForRole = onEntity('role', 'ListInstanceProfilesForRole', {
  summary: 'Lists the instance profiles that have a role.',
  members: pageInput,
  output: Page({ InstanceProfiles: Type.Array(InstanceProfileShape) }),
  readOnly: true,
  async run({ input, name, scope }, ports: Uses<'directory' | 'principals'>) {
    const role = await requireEntity(ports.directory, 'role', scope.accountId, name);
    const { items, ...rest } = await pageOf(
      input,
      await profilesOf(ports.directory, role),
      (profile) => profile.name.toLowerCase(),
    );
    const shown = items.map((each) => shownProfile(scope, each, ports, false));
    return { InstanceProfiles: await Promise.all(shown), ...rest };
  },
});

const addRoleToInstanceProfile = onEntity('instance-profile', 'AddRoleToInstanceProfile', {
  summary: 'Gives an instance profile its one role.',
  members: { RoleName },
  output: 'nothing',
  passes: { role: ({ RoleName: role }) => role, service: 'ec2.amazonaws.com' },
  async run({ input, name, scope: { accountId } }, { directory }: Uses<'directory'>) {
    await directory.change(async (transaction) => {
      const profile = await requireEntity(transaction, 'instance-profile', accountId, name);
      const role = await requireEntity(transaction, 'role', accountId, input.RoleName);
      if (profile.role !== undefined) {
        throw new QuotaExceeded(
          'InstanceSessionsPerInstanceProfile',
          MAX_ROLES_OF_INSTANCE_PROFILE,
        );
      }
      await transaction.put({ ...profile, role: role.uniqueId });
    });
    return {};
  },
});

const removeRoleFromInstanceProfile = onEntity(
  'instance-profile',
  'RemoveRoleFromInstanceProfile',
  {
    summary: 'Takes its role from an instance profile.',
    members: { RoleName },
    output: 'nothing',
    async run({ input, name, scope: { accountId } }, { directory }: Uses<'directory'>) {
      await directory.change(async (transaction) => {
        const profile = await requireEntity(transaction, 'instance-profile', accountId, name);
        const { role: held, ...rest } = profile;
        const role = await requireEntity(transaction, 'role', accountId, input.RoleName);
        if (held !== role.uniqueId) throw new NotFound(`role with name ${role.name}`);
        await transaction.put(rest);
      });
      return {};
    },
  },
);

export const instanceProfileOperations: readonly IamOperation[] = [
  createInstanceProfile,
  getInstanceProfile,
  listInstanceProfiles,
  listInstanceProfilesForRole,
  deleteInstanceProfile,
  addRoleToInstanceProfile,
  removeRoleFromInstanceProfile,
  ...tagOperations('instance-profile'),
];
