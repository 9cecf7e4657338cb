/**
 * IAM's quotas, of which none can be changed here. Source: IAM User Guide, "IAM and AWS STS quotas",
 * the defaults.
 */
import type { EntityKind } from './entities.js';

/** How many of a kind an account may have. `name` is how a refusal names the quota. */
export const PER_ACCOUNT: Readonly<
  Record<EntityKind, { readonly max: number; readonly name: string }>
> = {
  user: { max: 5000, name: 'UsersPerAccount' },
  group: { max: 300, name: 'GroupsPerAccount' },
  role: { max: 1000, name: 'RolesPerAccount' },
  policy: { max: 1500, name: 'PoliciesPerAccount' },
  'oidc-provider': { max: 100, name: 'OpenIdConnectProvidersPerAccount' },
  'mfa-device': { max: 5001, name: 'VirtualMfaDevicesPerAccount' },
  'instance-profile': { max: 1000, name: 'InstanceProfilesPerAccount' },
};

/** Of a user, or of the root user. */
export const MAX_ACCESS_KEYS = 2;
export const MAX_GROUPS_OF_USER = 10;
export const MAX_ROLES_OF_INSTANCE_PROFILE = 1;
/** Managed policies of one user, group or role. */
export const MAX_ATTACHED_POLICIES = 10;
export const MAX_POLICY_VERSIONS = 5;

/** Sizes of policies are in characters, white space not counted. */
export const MAX_POLICY_SIZE = 6144;
export const MAX_TRUST_POLICY_SIZE = 4096;
/** All inline policies of one holder together. */
export const MAX_INLINE_SIZE = { user: 2048, group: 5120, role: 10_240 } as const;

/** Of whatever can have tags, and of a session. */
export const MAX_TAGS = 50;
