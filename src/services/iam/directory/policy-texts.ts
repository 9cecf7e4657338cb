/** Policy documents before IAM keeps them. Source: IAM User Guide, "IAM and AWS STS quotas". */

import {
  checkIdentityPolicyDocument,
  checkTrustPolicyDocument,
  PolicyDocumentError,
  policyPrincipals,
} from '../../../authz/document.js';
import { isUserOrRoleId } from '../../../kernel/principal-ids.js';
import { iamError } from '../errors.js';
import type { StoredResourcePolicy } from './entities.js';
import type { Principals } from './principals.js';

const ACCOUNT = /^([0-9]{12}|arn:[a-z-]+:iam::[0-9]{12}:root|\*)$/;
const MAX_TRUST_POLICY = 4096;

/** Characters that count: white space doesn't. */
export function policySize(text: string): number {
  return text.replaceAll(/\s/g, '').length;
}

/** @throws ServiceError MalformedPolicyDocument */
export function checkIdentityPolicy(text: string): void {
  checked(() => checkIdentityPolicyDocument(text));
}

/** A trust policy with the unique ids of those it names. @throws ServiceError MalformedPolicyDocument */
export async function prepareTrustPolicy(
  text: string,
  principals: Principals,
): Promise<StoredResourcePolicy> {
  checked(() => checkTrustPolicyDocument(text));
  if (policySize(text) > MAX_TRUST_POLICY) {
    throw iamError('LimitExceeded', `Cannot exceed quota for ACLSizePerRole: ${MAX_TRUST_POLICY}`);
  }
  const principalIds: Record<string, string> = {};
  for (const name of policyPrincipals(text)) {
    if (ACCOUNT.test(name)) continue;
    const id = isUserOrRoleId(name)
      ? (await principals.arnOf(name)) && name
      : await principals.idOf(name);
    if (id === undefined) {
      throw iamError('MalformedPolicyDocument', `Invalid principal in policy: "AWS":"${name}"`);
    }
    principalIds[name] = id;
  }
  return { text, principalIds };
}

function checked(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof PolicyDocumentError)) throw error;
    throw iamError('MalformedPolicyDocument', error.message);
  }
}
