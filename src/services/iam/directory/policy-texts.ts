/** Policy documents before IAM keeps them. Source: IAM User Guide, "IAM and AWS STS quotas". */

import {
  checkPolicyDocument,
  type DocumentKind,
  PolicyDocumentError,
} from '../../../authz/document.js';
import { identifyPrincipals, UnknownPrincipalError } from '../../../authz/policy-principals.js';
import { QuotaExceeded } from '../../../kernel/facts.js';
import { iamError } from '../errors.js';
import type { StoredResourcePolicy } from './entities.js';
import type { Principals } from './principals.js';
import { MAX_TRUST_POLICY_SIZE } from './quotas.js';

/** Characters that count: white space doesn't. */
export function policySize(text: string): number {
  return text.replaceAll(/\s/g, '').length;
}

/** @throws ServiceError MalformedPolicyDocument */
export function checkDocument(kind: DocumentKind, text: string, partition: string): void {
  try {
    checkPolicyDocument(kind, text, partition);
  } catch (error) {
    if (!(error instanceof PolicyDocumentError)) throw error;
    throw iamError('MalformedPolicyDocument', error.message);
  }
}

/** A trust policy with the unique ids of those it names. @throws ServiceError MalformedPolicyDocument */
export async function prepareTrustPolicy(
  text: string,
  partition: string,
  principals: Principals,
): Promise<StoredResourcePolicy> {
  checkDocument('trust', text, partition);
  if (policySize(text) > MAX_TRUST_POLICY_SIZE) {
    throw new QuotaExceeded('ACLSizePerRole', MAX_TRUST_POLICY_SIZE);
  }
  try {
    return { text, principalIds: await identifyPrincipals(text, principals) };
  } catch (error) {
    if (!(error instanceof UnknownPrincipalError)) throw error;
    throw iamError(
      'MalformedPolicyDocument',
      `Invalid principal in policy: "AWS":"${error.principal}"`,
    );
  }
}
