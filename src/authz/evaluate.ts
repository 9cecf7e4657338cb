/**
 * The decision. Source: AWS KMS Developer Guide, "Troubleshooting key access"; IAM User Guide, "Policy
 * evaluation logic"; shared reference, authorization.md §2, whose steps the comments name.
 */

import type { Approval, Decision, Denial, PolicyType } from './decision.js';
import type { MatchingGrant } from './grant-match.js';
import type { AuthorizationRequest, NamedAs, Policy, Principal } from './model.js';
import { contextFor, firstMatch } from './policy.js';
import type { StatementRef } from './policy-source.js';

import { isAbout } from './statement.js';

export interface ResourceQuestion {
  readonly request: AuthorizationRequest;
  /** The key's policy, or a role's trust policy. */
  readonly resourcePolicy: Policy;
  /** Whether another account's principal can be allowed this action at all. */
  readonly crossAccountAllowed: boolean;
  /** Grants that are for the request; asked only when nothing denies and no policy allows. */
  readonly grants?: () => Iterable<MatchingGrant>;
}

/** Decides on an action with a resource that has a policy of its own: steps 1, 3 and 4. */
export function decideOnResource(question: ResourceQuestion): Decision {
  const { request, resourcePolicy, crossAccountAllowed, grants } = question;
  const { principal } = request;
  if (mayReplace(resourcePolicy, request)) return { allowed: true, statements: [], root: true };
  const deny =
    explicitDeny(request) ?? resourceDeny(resourcePolicy, request) ?? outOfScope(request);
  if (deny) return deny;

  const inAccount = principal.type !== 'AWSService' && principal.type !== 'WebIdentity';
  const foreign = inAccount && principal.accountId !== request.resourceAccountId;
  if (foreign && !crossAccountAllowed) return implicit('resource-based policy');

  const byPolicy = foreign
    ? decideForeign(resourcePolicy, request)
    : decideOwn(resourcePolicy, request);
  if (byPolicy.allowed) return byPolicy;
  let denial = byPolicy;
  for (const grant of grants?.() ?? []) {
    const byGrant = decideByGrant(grant, request);
    if (byGrant.allowed) return byGrant;
    if (denial === byPolicy) denial = byGrant;
  }
  return denial;
}

/**
 * A grant counts as an Allow of the key's policy whose principal is the grantee: what limits such a
 * statement limits it. Another account's principal needs its own account's Allow as well, unless that
 * account made the grant. Source: recorded-kms.md, "Grants: whom they work for".
 */
export function decideByGrant(
  { grantId, namedAs, issuingAccountId }: MatchingGrant,
  request: AuthorizationRequest,
): Decision {
  const { principal, resourceAccountId } = request;
  const limit = outOfScope(request) ?? (namedAs === 'role' && limits(principal, request));
  if (limit) return limit;
  const foreign = principal.type !== 'AWSService' && principal.accountId !== resourceAccountId;
  if (namedAs === 'account' || (foreign && issuingAccountId !== principal.accountId)) {
    const identity = identitySide(request);
    if (!identity.allowed) return identity;
  }
  return { allowed: true, statements: [], grantId };
}

/**
 * Decides on an action that only identity policies can allow: step 5, the alias half of step 6, and
 * all of IAM and STS. The root user may do everything in its account, a service principal nothing.
 */
export function decideOnIdentity(request: AuthorizationRequest): Decision {
  return explicitDeny(request) ?? outOfScope(request) ?? identitySide(request);
}

/** AWS's words for a denial (shared reference, errors.md §7). */
export function refusalText(request: AuthorizationRequest, denial: Denial): string {
  const { principal, action, resource } = request;
  const article = denial.policyType === 'identity-based policy' ? 'an' : 'a';
  const reason = denial.explicit
    ? `with an explicit deny in ${article} ${denial.policyType}`
    : `because no ${denial.policyType} allows the ${action} action`;
  return `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
}

/**
 * A document that an older version stored and this one doesn't understand might lock its key for good:
 * the account's root user may always put a new one in its place.
 */
function mayReplace(
  policy: Policy,
  { principal, action, resourceAccountId }: AuthorizationRequest,
) {
  return (
    !policy.understood &&
    action === 'kms:PutKeyPolicy' &&
    principal.type === 'Account' &&
    !principal.policies.scopeDown &&
    principal.accountId === resourceAccountId
  );
}

/** Step 1, but for the resource's policy. */
function explicitDeny(request: AuthorizationRequest): Denial | undefined {
  const { identity, boundary, session, scopeDown } = request.principal.policies;
  return (
    denyOf('identity-based policy', identity, request) ??
    (boundary && denyOf('permissions boundary', [boundary], request)) ??
    (session && denyOf('session policy', session, request)) ??
    (scopeDown && denyOf('session policy', scopeDown, request))
  );
}

/**
 * Policies by which a session was narrowed later let through what each of them allows, and nothing else,
 * by whatever it would be allowed. Source: STS API Reference, GetScopedCredentials.
 */
function outOfScope(request: AuthorizationRequest): Denial | undefined {
  const { scopeDown = [] } = request.principal.policies;
  const allowed = scopeDown.every((policy) => firstMatch([policy], 'allow', request));
  return allowed ? undefined : implicit('session policy');
}

function denyOf(
  policyType: PolicyType,
  policies: readonly Policy[],
  request: AuthorizationRequest,
): Denial | undefined {
  const ref = firstMatch(policies, 'deny', request);
  return ref && { allowed: false, explicit: true, policyType, statements: [ref] };
}

function resourceDeny(policy: Policy, request: AuthorizationRequest): Denial | undefined {
  const { principal } = request;
  const context = contextFor(policy, request);
  for (const statement of policy.on(request.action).deny) {
    const { principals, notPrincipal, ref } = statement;
    const meant = notPrincipal
      ? !principals?.excepts(principal)
      : (principals?.forms(principal).length ?? 0) > 0;
    if (meant && isAbout(statement, request, context)) {
      const policyType = 'resource-based policy';
      return { allowed: false, explicit: true, policyType, statements: [ref] };
    }
  }
  return undefined;
}

/** Every way in which an Allow of the resource's policy names the caller, with its statement. */
function resourceAllows(
  policy: Policy,
  request: AuthorizationRequest,
): ReadonlyMap<NamedAs, StatementRef> {
  const { principal } = request;
  const context = contextFor(policy, request);
  const found = new Map<NamedAs, StatementRef>();
  for (const statement of policy.on(request.action).allow) {
    const { principals, ref } = statement;
    const forms = principals?.forms(principal) ?? [];
    if (forms.length === 0 || !isAbout(statement, request, context)) continue;
    for (const namedAs of forms) if (!found.has(namedAs)) found.set(namedAs, ref);
  }
  return found;
}

/** Named so, neither boundary nor session policy limits what the resource's policy gives. */
const UNLIMITED: readonly NamedAs[] = ['everyone', 'session', 'user', 'service', 'federated'];

/** Step 3 b–d, with the table of what limits which form of principal. */
function decideOwn(policy: Policy, request: AuthorizationRequest): Decision {
  const { principal } = request;
  const named = resourceAllows(policy, request);
  for (const namedAs of UNLIMITED) {
    const ref = named.get(namedAs);
    if (ref) return approval(ref);
  }
  const role = named.get('role');
  const limit = role && limits(principal, request);
  if (role && !limit) return approval(role);
  const delegation = named.get('account');
  if (!delegation) return limit ?? implicit('resource-based policy');
  const identity = identitySide(request);
  if (!identity.allowed) return limit ?? identity;
  return { ...identity, statements: [delegation, ...identity.statements] };
}

/** Step 4 a: both sides must allow. */
function decideForeign(policy: Policy, request: AuthorizationRequest): Decision {
  const [ref] = resourceAllows(policy, request).values();
  if (!ref) return implicit('resource-based policy');
  const identity = identitySide(request);
  if (!identity.allowed) return identity;
  return { ...identity, statements: [ref, ...identity.statements] };
}

/** What the caller's own account allows it: identity policies within boundary and session policy. */
function identitySide(request: AuthorizationRequest): Decision {
  const { principal } = request;
  const limit = () => limits(principal, request);
  if (principal.type === 'Account') {
    return limit() ?? { allowed: true, statements: [], root: true };
  }
  const ref = firstMatch(principal.policies.identity, 'allow', request);
  if (!ref) return implicit('identity-based policy');
  return limit() ?? approval(ref);
}

/** The filter that doesn't let the request through. */
function limits({ policies }: Principal, request: AuthorizationRequest): Denial | undefined {
  const { boundary, session } = policies;
  if (boundary && !firstMatch([boundary], 'allow', request))
    return implicit('permissions boundary');
  if (session && !firstMatch(session, 'allow', request)) return implicit('session policy');
  return undefined;
}

function approval(ref: StatementRef): Approval {
  return { allowed: true, statements: [ref] };
}

/** Nothing allows it; the type is what the refusal names. */
export function implicit(policyType: PolicyType): Denial {
  return { allowed: false, explicit: false, policyType, statements: [] };
}
