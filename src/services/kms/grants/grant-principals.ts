/** Who a grant is for, and who may end it. Source: AWS KMS Developer Guide, "Grants"; authorization.md §8. */

import { decideByGrant, decideOnIdentity } from '../../../authz/evaluate.js';
import type { Grant, GrantPrincipal } from '../../../authz/grant.js';
import { granteeNamedAs } from '../../../authz/grant-match.js';
import type { AuthorizationRequest } from '../../../authz/model.js';
import type { PrincipalNames } from '../../../authz/policy-principals.js';
import {
  accountNamed,
  accountOfArn,
  isFederatedUserArn,
  rootUserArn,
} from '../../../kernel/arns.js';
import { USER_OR_ROLE_ID } from '../../../kernel/principal-ids.js';
import type { ServiceError } from '../../../kernel/service-error.js';
import { kmsError } from '../errors.js';

const RAW_ID = new RegExp(`^(${USER_OR_ROLE_ID})(:.+)?$`);
const USER_ROLE_OR_SESSION =
  /^arn:[a-z-]+:(?:iam::[0-9]{12}:(?:user|role)\/.+|sts::[0-9]{12}:assumed-role\/[^/]+\/[^/]+)$/;

/**
 * Who a name stands for: an account, the ARN or unique id of a user, a role or a role session, a
 * federated user. All must exist, for a grant to a name alone would go to whoever is given that name
 * later; but for sessions and federated users, who are bound to their role or account. Source:
 * recorded-kms.md, "Principals in grants".
 * @returns undefined: there is none such
 * @throws ServiceError InvalidArnException for what can be nobody's name
 */
export async function findPrincipal(
  name: string,
  names: PrincipalNames,
  partition: string,
): Promise<GrantPrincipal | undefined> {
  const account = accountNamed(name);
  if (account !== undefined) {
    return { name: name === account ? rootUserArn(partition, account) : name };
  }
  const uniqueId = RAW_ID.exec(name)?.[1];
  if (uniqueId !== undefined) {
    const arn = await names.arnOf(name);
    return arn === undefined ? undefined : { name: arn, uniqueId };
  }
  if (isFederatedUserArn(name)) {
    return names.hasAccount(accountOfArn(name) ?? '') ? { name } : undefined;
  }
  if (!USER_ROLE_OR_SESSION.test(name)) {
    throw kmsError('InvalidArnException', `ARN is not valid: ${name}`);
  }
  const id = await names.idOf(name);
  return id === undefined ? undefined : { name, uniqueId: id };
}

/**
 * The same of a member of CreateGrant.
 * @throws ServiceError InvalidArnException
 */
export async function requirePrincipal(
  member: 'GranteePrincipal' | 'RetiringPrincipal',
  name: string,
  names: PrincipalNames,
  partition: string,
): Promise<GrantPrincipal> {
  const found = await findPrincipal(name, names, partition);
  if (found) return found;
  throw unknownPrincipal(name, `${member} does not refer to a valid principal.`);
}

/** @param otherwise what is said of a unique id */
export function unknownPrincipal(name: string, otherwise: string): ServiceError {
  const text = name.startsWith('arn:')
    ? `ARN does not refer to a valid principal: ${name}`
    : otherwise;
  return kmsError('InvalidArnException', text);
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
    const namedAs = named && granteeNamedAs(named, principal);
    if (namedAs === undefined || namedAs === 'account') continue;
    if (decideByGrant({ grantId, issuingAccountId, namedAs }, request).allowed) return true;
  }
  const accounts = [issuingAccountId, accountId, retiring && accountNamed(retiring.name)];
  return (
    principal.type !== 'AWSService' &&
    accounts.includes(principal.accountId) &&
    decideOnIdentity(request).allowed
  );
}
