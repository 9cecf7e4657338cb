/** When one grant is no more than another. Source: AWS KMS Developer Guide, "Grants"; authorization.md §8. */

import { type Grant, type GrantConstraints, principalId } from '../../../authz/grant.js';
import { kmsError } from '../errors.js';
import type { Key } from '../keys/key.js';

/**
 * A grant made by virtue of grants gives no more than one of them, whichever: operations among its
 * own, constraints equal or stricter; nothing once it is gone.
 * @param parents those that allow making it
 * @throws ServiceError AccessDeniedException
 */
export function checkWithinParent(
  parents: readonly Grant[],
  child: Grant,
  callerArn: string,
  key: Key,
): void {
  const covers = (parent: Grant) =>
    child.operations.every((operation) => parent.operations.includes(operation)) &&
    isAsStrict(parent.constraints, child.constraints);
  if (!parents.some(covers)) {
    throw kmsError(
      'AccessDeniedException',
      `User: ${callerArn} is not authorized to perform: kms:CreateGrant on resource: ${key.arn} because no identity-based policy allows the kms:CreateGrant action`,
    );
  }
}

function isAsStrict(parent: GrantConstraints, child: GrantConstraints): boolean {
  if (parent.sourceArn !== undefined && parent.sourceArn !== child.sourceArn) return false;
  if (parent.encryptionContextEquals) {
    return samePairs(parent.encryptionContextEquals, child.encryptionContextEquals);
  }
  if (!parent.encryptionContextSubset) return true;
  const pairs = child.encryptionContextEquals ?? child.encryptionContextSubset;
  return pairs !== undefined && includesPairs(pairs, parent.encryptionContextSubset);
}

type Pairs = Readonly<Record<string, string>>;

function samePairs(wanted: Pairs, given: Pairs | undefined): boolean {
  return given !== undefined && includesPairs(wanted, given) && includesPairs(given, wanted);
}

/** Names compare without case, as where constraints are held: every pair of such a name must agree. */
function includesPairs(all: Pairs, some: Pairs): boolean {
  return Object.entries(some).every(([key, value]) => {
    const named = Object.entries(all).filter(([each]) => each.toLowerCase() === key.toLowerCase());
    return named.length > 0 && named.every(([, each]) => each === value);
  });
}

/** Whether two grants give the same to the same: what makes CreateGrant with a name idempotent. */
export function isSameGrant(a: Grant, b: Grant): boolean {
  const essence = ({ grantee, retiring, operations, constraints, issuingAccountId }: Grant) =>
    JSON.stringify([
      principalId(grantee),
      retiring && principalId(retiring),
      [...operations].sort(),
      Object.entries(constraints.encryptionContextEquals ?? {}).sort(),
      Object.entries(constraints.encryptionContextSubset ?? {}).sort(),
      constraints.encryptionContextEquals === undefined,
      constraints.sourceArn,
      issuingAccountId,
    ]);
  return essence(a) === essence(b);
}
