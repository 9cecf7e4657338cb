/** When one grant is no more than another. Source: AWS KMS Developer Guide, "Grants"; authorization.md §8. */

import type { Grant, GrantConstraints } from '../../../authz/grant.js';
import { kmsError } from '../errors.js';
import type { Key } from '../keys/key.js';

/**
 * A grant made by virtue of a grant gives no more than that one: operations among its own,
 * constraints equal or stricter; nothing once it is gone.
 * @throws ServiceError AccessDeniedException
 */
export function checkWithinParent(
  parent: Grant | undefined,
  child: Grant,
  callerArn: string,
  key: Key,
): void {
  if (
    parent &&
    child.operations.every((operation) => parent.operations.includes(operation)) &&
    isAsStrict(parent.constraints, child.constraints)
  ) {
    return;
  }
  throw kmsError(
    'AccessDeniedException',
    `User: ${callerArn} is not authorized to perform: kms:CreateGrant on resource: ${key.arn} because the grant would allow more than the grant that allows creating it`,
  );
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

function includesPairs(all: Pairs, some: Pairs): boolean {
  return Object.entries(some).every(
    ([key, value]) => Object.hasOwn(all, key) && all[key] === value,
  );
}

/** Whether two grants give the same to the same: what makes CreateGrant with a name idempotent. */
export function isSameGrant(a: Grant, b: Grant): boolean {
  const essence = ({ grantee, retiring, operations, constraints, issuingAccountId }: Grant) =>
    JSON.stringify([
      grantee.name,
      grantee.uniqueId,
      retiring?.name,
      retiring?.uniqueId,
      [...operations].sort(),
      Object.entries(constraints.encryptionContextEquals ?? {}).sort(),
      Object.entries(constraints.encryptionContextSubset ?? {}).sort(),
      constraints.encryptionContextEquals === undefined,
      constraints.sourceArn,
      issuingAccountId,
    ]);
  return essence(a) === essence(b);
}
