/** Who a grant is for, and who may end it. Source: AWS KMS Developer Guide, "Grants"; authorization.md §8. */

import { decideByGrant, decideOnIdentity } from '../../../authz/evaluate.js';
import type { Grant, GrantPrincipal } from '../../../authz/grant.js';
import { grantNaming } from '../../../authz/grant-match.js';
import type { AuthorizationRequest } from '../../../authz/model.js';
import type { PrincipalNames } from '../../../authz/policy-principals.js';
import { accountNamed, rootUserArn } from '../../../kernel/arns.js';
import { kmsError } from '../errors.js';

/**
 * Who a principal's name stands for. Users and roles must exist: a grant for a name alone would go to
 * whoever is given that name later.
 * @throws ServiceError InvalidArnException
 */
export async function grantPrincipal(
  name: string,
  names: PrincipalNames,
  partition: string,
): Promise<GrantPrincipal> {
  const account = accountNamed(name);
  if (account !== undefined) {
    return { name: name === account ? rootUserArn(partition, account) : name };
  }
  const uniqueId = name.startsWith('arn:') ? await names.idOf(name) : undefined;
  if (uniqueId === undefined) {
    throw kmsError('InvalidArnException', `ARN ${name} does not identify a valid principal.`);
  }
  return { name, uniqueId };
}

/** The account in a principal's ARN; undefined for what has none. */
export function accountOfPrincipal(name: string): string | undefined {
  return /^(?:arn:[a-z-]+:(?:iam|sts)::)?([0-9]{12})(?::|$)/.exec(name)?.[1];
}

/**
 * Who may retire a grant: its retiring principal and, where it has the operation RetireGrant, its
 * grantee, as far as the grant would allow them to use the key; and whomever the account that issued
 * it, owns its key, or is named to retire it lets by IAM.
 * @param request kms:RetireGrant on the key
 */
export function mayRetire(grant: Grant, request: AuthorizationRequest): boolean {
  const { grantId, grantee, retiring, operations, issuingAccountId, accountId } = grant;
  const { principal } = request;
  for (const named of [retiring, operations.includes('RetireGrant') ? grantee : undefined]) {
    const naming = named && grantNaming(named, principal);
    if (naming === undefined || naming === 'account') continue;
    if (decideByGrant({ grantId, issuingAccountId, naming }, request).allowed) return true;
  }
  const accounts = [issuingAccountId, accountId, retiring && accountNamed(retiring.name)];
  return (
    principal.type !== 'AWSService' &&
    accounts.includes(principal.accountId) &&
    decideOnIdentity(request).allowed
  );
}
