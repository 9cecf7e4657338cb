/** What AssumeRole and its like have in common. Source: STS API Reference. */

import type { Caller } from '../../../authz/model.js';
import { compilePolicy } from '../../../authz/policy.js';
import type { Scope } from '../../../kernel/scope.js';
import {
  MAX_SESSION_TOKEN,
  type SessionClaims,
  type TemporaryCredentials,
} from '../credentials/session-token.js';
import { iamError } from '../errors.js';
import type { Uses } from '../ports.js';
import { entityArn, parseIamArn, sessionArn } from './arns.js';
import type { Role } from './entities.js';
import { noSuchPolicy } from './entity-rules.js';
import { checkDocument } from './policy-texts.js';

/** @param seconds how long a session of the role is to last. @throws ServiceError ValidationError */
export function checkRoleDuration(seconds: number, { maxSessionDuration }: Role): void {
  if (seconds <= maxSessionDuration) return;
  throw iamError(
    'ValidationError',
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  );
}

/** The role with this ARN; undefined: there is none such on this server. */
export async function findRole(
  { directory }: Uses<'directory'>,
  { partition }: Pick<Scope, 'partition'>,
  arn: string,
): Promise<Role | undefined> {
  const parsed = parseIamArn(arn);
  if (parsed?.kind !== 'role') return undefined;
  const found = await directory.find('role', parsed.accountId, parsed.name);
  return found && entityArn(partition, found) === arn ? found : undefined;
}

/** A role's trust policy, ready to be asked. */
export function compiledTrust({ trustPolicy }: Role, arn: string) {
  return compilePolicy(
    trustPolicy.text,
    { kind: 'trust', id: arn },
    { principalIds: new Map(Object.entries(trustPolicy.principalIds)) },
  );
}

/** What conditions of a role's trust policy see of the role. */
export function shownTags({ tags }: Role) {
  const shown = new Map(Object.entries(tags));
  return { resourceTags: shown, iamResourceTags: shown };
}

interface SessionPolicyMembers {
  readonly Policy?: string | undefined;
  readonly PolicyArns?: readonly { readonly arn: string }[] | undefined;
}

/** @throws ServiceError MalformedPolicyDocument, ValidationError */
export async function sessionPolicies(
  { Policy, PolicyArns }: SessionPolicyMembers,
  { partition, accountId }: Pick<Scope, 'partition' | 'accountId'>,
  { principals }: Uses<'principals'>,
): Promise<Pick<SessionClaims, 'sessionPolicies' | 'sessionPolicyArns'>> {
  if (Policy !== undefined) checkDocument('session', Policy, partition);
  const arns = (PolicyArns ?? []).map(({ arn }) => arn);
  for (const arn of arns) {
    if ((await principals.managedPolicyText(arn, accountId)) !== undefined) continue;
    throw noSuchPolicy(arn, 'ValidationError');
  }
  return {
    ...(Policy !== undefined && { sessionPolicies: [Policy] }),
    ...(arns.length > 0 && { sessionPolicyArns: arns }),
  };
}

/** AWS's texts, blanks and all. Source: recorded-iam.md §7. */
const MFA_REFUSALS = {
  wrong: 'MultiFactorAuthentication failed with invalid MFA one time pass code. ',
  locked:
    'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
};

/**
 * When the caller's one-time code was checked, if it gave one.
 * @throws ServiceError AccessDenied for a wrong code or a device that isn't the caller's
 */
export async function checkMfa(
  {
    SerialNumber,
    TokenCode,
  }: { SerialNumber?: string | undefined; TokenCode?: string | undefined },
  caller: Caller,
  { directory, mfaCodes, wallClock }: Uses<'directory' | 'mfaCodes' | 'wallClock'>,
): Promise<number | undefined> {
  if (SerialNumber === undefined && TokenCode === undefined) return undefined;
  const device = SerialNumber === undefined ? undefined : await directory.findById(SerialNumber);
  const own = device?.kind === 'mfa-device' && device.enabledFor === caller.uniqueId;
  if (!own) throw iamError('AccessDenied', MFA_REFUSALS.locked);
  const outcome = TokenCode === undefined ? 'wrong' : await mfaCodes.accept(device, TokenCode);
  if (outcome === 'accepted') return wallClock();
  throw iamError('AccessDenied', MFA_REFUSALS[outcome]);
}

export function credentialsView(credentials: TemporaryCredentials) {
  return {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    Expiration: new Date(credentials.expiresAt),
  };
}

/** What every operation answers that makes credentials. */
export function issuedView(credentials: TemporaryCredentials) {
  const size = credentials.sessionToken.length;
  return {
    Credentials: credentialsView(credentials),
    SessionTokenSize: size,
    SessionTokenUtilization: Math.ceil((size * 100) / MAX_SESSION_TOKEN),
  };
}

/** The same, with the older name for the utilization. */
export function issuedAndPackedView(credentials: TemporaryCredentials) {
  const issued = issuedView(credentials);
  return { ...issued, PackedPolicySize: issued.SessionTokenUtilization };
}

export function assumedRoleView(partition: string, role: Role, sessionName: string) {
  return {
    AssumedRoleId: `${role.uniqueId}:${sessionName}`,
    Arn: sessionArn(partition, role, sessionName),
  };
}
