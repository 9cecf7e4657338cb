/** Who acts with temporary credentials, and within which limits. */

import type { Policy, Principal, Session } from '../../../authz/model.js';
import { compilePolicy } from '../../../authz/policy.js';
import type { SessionClaims } from '../credentials/session-token.js';
import { federatedUserArn, parseIamArn, sessionArn } from './arns.js';
import type { Tags } from './entities.js';

const EVERYTHING = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

/**
 * @param base the role, user or root user whose session it is
 * @param sessionPolicies undefined: the session was made without
 */
export function sessionPrincipal(
  claims: SessionClaims,
  base: Principal,
  sessionPolicies: readonly Policy[] | undefined,
  partition: string,
): Principal {
  const source = { kind: 'session', id: base.arn } as const;
  const scopeDown = claims.scopeDown?.map((text) => compilePolicy(text, source));
  const policies = {
    ...base.policies,
    ...(sessionPolicies && { session: sessionPolicies }),
    ...(scopeDown && { scopeDown }),
  };
  return {
    ...named(claims, { ...base, policies }, partition),
    tags: new Map([...base.tags, ...tagMap(claims.tags ?? {})]),
    session: sessionOf(claims, base),
    ...(claims.via && { via: claims.via }),
  };
}

/** By lower-case key: of these two that differ by case are one. */
export function tagMap(tags: Tags): ReadonlyMap<string, string> {
  return new Map(Object.entries(tags).map(([key, value]) => [key.toLowerCase(), value]));
}

/** The session of a role, whom a user has federated, or the user itself. */
function named(
  { principal: kind, sessionName = '', federatedName }: SessionClaims,
  base: Principal,
  partition: string,
): Principal {
  const { accountId, uniqueId, principalArn } = base;
  if (kind === 'role') {
    const name = parseIamArn(principalArn)?.name ?? '';
    const arn = sessionArn(partition, { accountId, name }, sessionName);
    return { ...base, arn, userId: `${uniqueId}:${sessionName}` };
  }
  if (federatedName === undefined) return base;
  const arn = federatedUserArn(partition, accountId, federatedName);
  const { userName, policies, ...rest } = base;
  return {
    ...rest,
    ...{ type: 'FederatedUser', arn, principalArn: arn },
    userId: `${accountId}:${federatedName}`,
    policies: {
      ...policies,
      identity: kind === 'root' ? [everything(principalArn)] : policies.identity,
      // Without a policy of its own it may do nothing but what names it.
      session: policies.session ?? [],
    },
  };
}

function sessionOf(claims: SessionClaims, base: Principal): Session {
  const { sessionName, mfaAt, sourceIdentity, federatedProvider, tags, transitiveTagKeys } = claims;
  const issuer = issuerOf(claims, base);
  return {
    ...(sessionName !== undefined && { name: sessionName }),
    issuedAt: claims.issuedAt,
    expiresAt: claims.expiresAt,
    ...(mfaAt !== undefined && { mfaAt }),
    ...(sourceIdentity !== undefined && { sourceIdentity }),
    ...(federatedProvider !== undefined && { federatedProvider }),
    ...(tags && { tags }),
    ...(transitiveTagKeys && { transitiveTagKeys }),
    ...(issuer && { issuer }),
  };
}

/** Whose session it is, where that isn't who acts. */
function issuerOf(
  { principal: kind, federatedName }: SessionClaims,
  { principalArn: arn, uniqueId }: Principal,
): Session['issuer'] {
  const userName = parseIamArn(arn)?.name ?? '';
  if (kind === 'role') return { type: 'Role', arn, uniqueId, userName };
  if (federatedName === undefined) return undefined;
  return { type: kind === 'root' ? 'Root' : 'IAMUser', arn, uniqueId, userName };
}

/** What the root user may, so that policies can limit it. */
function everything(rootArn: string): Policy {
  return compilePolicy(EVERYTHING, { kind: 'identity', id: rootArn });
}
