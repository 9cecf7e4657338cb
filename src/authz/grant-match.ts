/** Whether a grant allows a request. Source: shared reference, authorization.md §8.3. */

import { accountNamed } from '../kernel/arns.js';
import type { Grant, GrantConstraints, GrantPrincipal } from './grant.js';
import type { AuthorizationRequest, Principal } from './model.js';

import type { ConditionContext } from './request.js';

/** Operations without an encryption context of their own: constraints on it don't bind them. */
const WITHOUT_CONTEXT: ReadonlySet<string> = new Set(['DescribeKey', 'RetireGrant']);

export function grantAllows(grant: Grant, request: AuthorizationRequest): boolean {
  const operation = request.action.slice('kms:'.length);
  return (
    grant.operations.some((granted) => granted === operation) &&
    isGrantPrincipal(grant.grantee, request.principal) &&
    constraintsHold(grant.constraints, operation, request.context)
  );
}

/**
 * Whether a caller is the one that a grant names: the user; any session of the role; the one session;
 * any principal of the account; the service.
 */
export function isGrantPrincipal({ name, uniqueId }: GrantPrincipal, caller: Principal): boolean {
  if (caller.type === 'AWSService') return caller.serviceName === name;
  if (name.includes(':assumed-role/')) return caller.arn === name && caller.uniqueId === uniqueId;
  if (uniqueId !== undefined) return caller.uniqueId === uniqueId;
  return accountNamed(name) === caller.accountId;
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
  // Keys compare without case here; decryption itself stays exact.
  const pairs = Object.entries(wanted);
  if (encryptionContextEquals) {
    const keys = context.get('kms:encryptioncontextkeys');
    const count = keys === undefined ? 0 : typeof keys === 'string' ? 1 : keys.length;
    if (count !== pairs.length) return false;
  }
  return pairs.every(
    ([key, value]) => context.get(`kms:encryptioncontext:${key.toLowerCase()}`) === value,
  );
}
