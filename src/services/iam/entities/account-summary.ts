/** What the account has and may have, in numbers. Source: IAM API Reference, GetAccountSummary. */
import { Type } from 'typebox';
import { rootOf } from '../credentials/access-key-owner.js';
import type { DirectoryReader } from '../directory/directory.js';
import {
  MAX_ACCESS_KEYS,
  MAX_ATTACHED_POLICIES,
  MAX_GROUPS_OF_USER,
  MAX_INLINE_SIZE,
  MAX_POLICY_SIZE,
  MAX_POLICY_VERSIONS,
  MAX_TRUST_POLICY_SIZE,
  PER_ACCOUNT,
} from '../directory/quotas.js';
import { Nothing } from '../directory/shapes.js';
import { defineIamOperation } from '../operation.js';
import type { Uses } from '../ports.js';
import { actsOnAccount } from './access.js';

/** AWS answers all of its numbers always; of what this server doesn't have there are none. */
const FIXED = {
  AccessKeysPerUserQuota: MAX_ACCESS_KEYS,
  AccountPasswordPresent: 0,
  AccountSigningCertificatesPresent: 0,
  AssumeRolePolicySizeQuota: MAX_TRUST_POLICY_SIZE,
  AttachedPoliciesPerGroupQuota: MAX_ATTACHED_POLICIES,
  AttachedPoliciesPerRoleQuota: MAX_ATTACHED_POLICIES,
  AttachedPoliciesPerUserQuota: MAX_ATTACHED_POLICIES,
  GlobalEndpointTokenVersion: 1,
  GroupPolicySizeQuota: MAX_INLINE_SIZE.group,
  GroupsPerUserQuota: MAX_GROUPS_OF_USER,
  GroupsQuota: PER_ACCOUNT.group.max,
  InstanceProfilesQuota: PER_ACCOUNT['instance-profile'].max,
  PoliciesQuota: PER_ACCOUNT.policy.max,
  PolicySizeQuota: MAX_POLICY_SIZE,
  // Every version of every policy may be in use.
  PolicyVersionsInUseQuota: PER_ACCOUNT.policy.max * MAX_POLICY_VERSIONS,
  RolePolicySizeQuota: MAX_INLINE_SIZE.role,
  RolesQuota: PER_ACCOUNT.role.max,
  ServerCertificates: 0,
  ServerCertificatesQuota: 0,
  SigningCertificatesPerUserQuota: 0,
  UserPolicySizeQuota: MAX_INLINE_SIZE.user,
  UsersQuota: PER_ACCOUNT.user.max,
  VersionsPerPolicyQuota: MAX_POLICY_VERSIONS,
};

export const getAccountSummary = defineIamOperation({
  service: 'iam',
  name: 'GetAccountSummary',
  summary: 'Counts what the account has, and says what it may have.',
  input: Nothing,
  output: Type.Object({ SummaryMap: Type.Record(Type.String(), Type.Integer()) }),
  access: actsOnAccount(undefined),
  readOnly: true,
  audit: { request: [], response: null },
  async run({ scope: { accountId } }, { directory, accessKeys }: Uses<'directory' | 'accessKeys'>) {
    const devices = await directory.list('mfa-device', accountId);
    const { users, groups, roles, policiesInUse } = await holdersIn(directory, accountId);
    return {
      SummaryMap: {
        ...FIXED,
        Users: users,
        Groups: groups,
        Roles: roles,
        Policies: await directory.count('policy', accountId),
        PolicyVersionsInUse: policiesInUse,
        InstanceProfiles: await directory.count('instance-profile', accountId),
        Providers: await directory.count('oidc-provider', accountId),
        MFADevices: devices.length,
        MFADevicesInUse: devices.filter(({ enabledFor }) => enabledFor !== undefined).length,
        AccountMFAEnabled: devices.some(({ enabledFor }) => enabledFor === accountId) ? 1 : 0,
        AccountAccessKeysPresent: (await accessKeys.list(rootOf(accountId))).length > 0 ? 1 : 0,
      },
    };
  },
});

/** Those who hold policies, counted, and the managed policies that any of them has. */
async function holdersIn(directory: DirectoryReader, accountId: string) {
  const users = await directory.list('user', accountId);
  const groups = await directory.list('group', accountId);
  const roles = await directory.list('role', accountId);
  const attached = [...users, ...groups, ...roles].flatMap((each) => each.attachedPolicies);
  const bounding = [...users, ...roles].flatMap((each) => each.permissionsBoundary ?? []);
  return {
    users: users.length,
    groups: groups.length,
    roles: roles.length,
    policiesInUse: new Set([...attached, ...bounding]).size,
  };
}
