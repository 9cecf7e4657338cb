/** Whether a grant allows a request. Source: shared reference, authorization.md §8.3. */

import { type Grant, type GrantConstraints, type GrantPrincipal, principalId } from './grant.js';
import type { AuthorizationRequest, NamedAs, Principal } from './model.js';

import { type ConditionContext, valuesOf } from './request.js';

/** Operations without an encryption context of their own: constraints on it don't bind them. */
const WITHOUT_CONTEXT: ReadonlySet<string> = new Set(['DescribeKey', 'RetireGrant']);

export function grantAllows(grant: Grant, request: AuthorizationRequest): boolean {
  const operation = request.action.slice('kms:'.length);
  return (
    grant.operations.some((granted) => granted === operation) &&
    granteeNamedAs(grant.grantee, request.principal) !== undefined &&
    constraintsHold(grant.constraints, operation, request.context)
  );
}

/** A grant that is for a request, and how it names the caller. */
export interface MatchingGrant extends Pick<Grant, 'grantId' | 'issuingAccountId'> {
  /** Its SourceArn constraint. */
  readonly sourceArn?: string | undefined;
  readonly namedAs: NamedAs;
}

/**
 * How a grant names a caller: the user; any session of the role, or whom the user has federated; the one
 * session; any principal of the account; the service. Undefined: not at all.
 */
export function granteeNamedAs(grantee: GrantPrincipal, caller: Principal): NamedAs | undefined {
  const id = principalId(grantee);
  if (caller.type === 'AWSService') return caller.serviceName === id ? 'service' : undefined;
  if (id === caller.accountId) return 'account';
  if (id === caller.uniqueId) return caller.type === 'User' ? 'user' : 'role';
  return id === sessionId(caller) ? 'session' : undefined;
}

/** How grants name a session alone. */
export function sessionId({ type, userId, arn }: Principal): string | undefined {
  if (type === 'AssumedRole') return userId;
  return type === 'FederatedUser' ? arn : undefined;
}

/** Whether a request's context and source are what the constraints want. */
export function constraintsHold(
  { encryptionContextEquals, encryptionContextSubset, sourceArn }: GrantConstraints,
  operation: string,
  context: ConditionContext,
): boolean {
  if (sourceArn !== undefined && operation !== 'RetireGrant') {
    if (context.get('aws:sourcearn') !== sourceArn) return false;
  }
  if (WITHOUT_CONTEXT.has(operation)) return true;
  const wanted = encryptionContextEquals ?? encryptionContextSubset;
  if (!wanted) return true;
  // Names compare without case here, and every entry of such a name must be as wanted; decryption
  // itself stays exact.
  const pairs = Object.entries(wanted);
  if (encryptionContextEquals) {
    const keys = valuesOf(context.get('kms:encryptioncontextkeys'));
    if (keys.length !== pairs.length) return false;
  }
  return pairs.every(
    ([key, value]) => context.get(`kms:encryptioncontext:${key.toLowerCase()}`) === value,
  );
}
