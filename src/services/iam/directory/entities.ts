/**
 * What IAM keeps of an account: users, groups, roles, managed policies, OIDC providers, MFA devices,
 * instance profiles.
 * Source: IAM API Reference, data types; shared reference, neighbours.md §4.
 */

export type EntityKind =
  | 'user'
  | 'group'
  | 'role'
  | 'policy'
  | 'oidc-provider'
  | 'mfa-device'
  | 'instance-profile';

interface EntityBase<Kind extends EntityKind> {
  readonly kind: Kind;
  readonly accountId: string;
  /** AIDA…, AGPA…, AROA…, ANPA…, AIPA…; of the others the ARN. Never used again. */
  readonly uniqueId: string;
  /** Unique in its account and kind, ignoring case. */
  readonly name: string;
  /** `/` or `/…/`. */
  readonly path: string;
  readonly createdAt: Date;
  readonly tags: Tags;
}

/** Keys keep their case; whether two that differ by case alone are one says tags.ts. */
export type Tags = Readonly<Record<string, string>>;

/** Policy texts by name, as they were given. */
export type InlinePolicies = Readonly<Record<string, string>>;

interface PolicyHolder {
  readonly inlinePolicies: InlinePolicies;
  /** ARNs of managed policies, in order of attachment. */
  readonly attachedPolicies: readonly string[];
}

export interface User extends EntityBase<'user'>, PolicyHolder {
  /** ARN of a managed policy. */
  readonly permissionsBoundary?: string;
  /** Unique ids. */
  readonly groups: readonly string[];
}

export interface Group extends EntityBase<'group'>, PolicyHolder {}

export interface Role extends EntityBase<'role'>, PolicyHolder {
  readonly permissionsBoundary?: string;
  readonly description?: string;
  /** Seconds, 3,600–43,200. */
  readonly maxSessionDuration: number;
  readonly trustPolicy: StoredResourcePolicy;
}

/** A policy that names principals, with the unique id that each user and role had when it was stored. */
export interface StoredResourcePolicy {
  readonly text: string;
  /** By ARN as it stands in the text. */
  readonly principalIds: Readonly<Record<string, string>>;
}

export interface ManagedPolicy extends EntityBase<'policy'> {
  readonly description?: string;
  /** Epoch milliseconds. */
  readonly updatedAt: number;
  /** At most five, oldest first. */
  readonly versions: readonly PolicyVersion[];
  /** `v1`, `v2` … */
  readonly defaultVersionId: string;
  /** Number of the next version: none is given twice. */
  readonly nextVersion: number;
}

export interface PolicyVersion {
  readonly versionId: string;
  readonly text: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** Its name is the URL without `https://`. */
export interface OidcProvider extends EntityBase<'oidc-provider'> {
  readonly clientIds: readonly string[];
  /** SHA-1 of certificates, 40 hex digits. */
  readonly thumbprints: readonly string[];
}

/** A virtual TOTP device. Its unique id is its ARN, the serial number. */
export interface MfaDevice extends EntityBase<'mfa-device'> {
  /** The seed sealed by the root key, base64. */
  readonly sealedSeed: string;
  /** Whose device it is: a user's unique id, or the account id for the root user. */
  readonly enabledFor?: string;
  /** Epoch milliseconds. */
  readonly enabledAt?: number;
  /** The last time step by which it was synchronized: the next time it must be later. */
  readonly lastStep?: number;
  /** Time steps by which its clock is ahead of ours. */
  readonly drift?: number;
}

/** What EC2 would hand to an instance: kept for those who describe their machines here, too. */
export interface InstanceProfile extends EntityBase<'instance-profile'> {
  /** The unique id of its one role. */
  readonly role?: string;
}

export interface EntityTypes {
  readonly user: User;
  readonly group: Group;
  readonly role: Role;
  readonly policy: ManagedPolicy;
  readonly 'oidc-provider': OidcProvider;
  readonly 'mfa-device': MfaDevice;
  readonly 'instance-profile': InstanceProfile;
}

export type Entity = EntityTypes[EntityKind];
