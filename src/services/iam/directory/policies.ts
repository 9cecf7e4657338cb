/** Managed policies: found by ARN, AWS's own included, and who uses them. */
import { hash } from 'node:crypto';
import { QuotaExceeded } from '../../../kernel/facts.js';
import type { Scope } from '../../../kernel/scope.js';
import { base32 } from '../credentials/access-key.js';
import { iamError } from '../errors.js';
import { entityByArn } from './by-arn.js';
import type { DirectoryReader, DirectoryTransaction } from './directory.js';
import type { ManagedPolicy } from './entities.js';
import { noSuchPolicy } from './entity-rules.js';
import { AWS_MANAGED_POLICIES, awsManagedPolicy } from './managed-policies.js';
import { checkDocument, policySize } from './policy-texts.js';
import { MAX_POLICY_SIZE } from './quotas.js';

/** AWS's policies have no date here; this is when theirs began. */
const AWS_POLICIES_SINCE = Date.UTC(2015, 1, 6, 18, 39, 46);

/** A policy of AWS's as the directory would have it. */
function awsPolicy(name: string, text: string): ManagedPolicy {
  return {
    kind: 'policy',
    accountId: 'aws',
    uniqueId: `ANPA${base32(hash('sha256', name, 'buffer')).slice(0, 17)}`,
    name,
    path: '/',
    createdAt: new Date(AWS_POLICIES_SINCE),
    tags: {},
    updatedAt: AWS_POLICIES_SINCE,
    versions: [{ versionId: 'v1', text, createdAt: AWS_POLICIES_SINCE }],
    defaultVersionId: 'v1',
    nextVersion: 2,
  };
}

export function awsPolicies(): ManagedPolicy[] {
  return [...AWS_MANAGED_POLICIES].map(([name, text]) => awsPolicy(name, text));
}

/** @throws ServiceError NoSuchEntity; another account's policy is as good as none */
export async function requirePolicy(
  directory: DirectoryReader,
  scope: Pick<Scope, 'partition' | 'accountId'>,
  arn: string,
): Promise<ManagedPolicy> {
  const ours = awsManagedPolicy(arn);
  if (ours) return awsPolicy(ours.name, ours.text);
  const found = await entityByArn(directory, scope, arn);
  if (found?.kind === 'policy') return found;
  throw noSuchPolicy(arn);
}

/**
 * Asked in the transaction that sets the boundary: the policy can't be deleted meanwhile.
 * @throws ServiceError NoSuchEntity for a boundary that is no managed policy
 */
export async function checkBoundary(
  transaction: DirectoryTransaction,
  scope: Pick<Scope, 'partition' | 'accountId'>,
  arn: string | undefined,
): Promise<void> {
  if (arn !== undefined) await requirePolicy(transaction, scope, arn);
}

/** Who of the account has the policy attached, and whose boundary it is. */
export async function policyUsers(
  { directory }: { readonly directory: DirectoryReader },
  accountId: string,
  arn: string,
) {
  const users = await directory.list('user', accountId);
  const groups = await directory.list('group', accountId);
  const roles = await directory.list('role', accountId);
  const attached = <T extends { attachedPolicies: readonly string[] }>(all: readonly T[]) =>
    all.filter(({ attachedPolicies }) => attachedPolicies.includes(arn));
  return {
    attached: { users: attached(users), groups: attached(groups), roles: attached(roles) },
    bounded: [...users, ...roles].filter(({ permissionsBoundary }) => permissionsBoundary === arn),
  };
}

/** @throws ServiceError MalformedPolicyDocument; QuotaExceeded above 6,144 characters */
export function checkPolicyText(text: string, partition: string): void {
  checkDocument('identity', text, partition);
  if (policySize(text) > MAX_POLICY_SIZE) {
    throw new QuotaExceeded('PolicySize', MAX_POLICY_SIZE);
  }
}

/** @throws ServiceError AccessDenied for a policy of AWS's */
export function checkOurs(policy: ManagedPolicy): void {
  if (policy.accountId !== 'aws') return;
  throw iamError('AccessDenied', `Policies that AWS manages cannot be changed.`);
}
