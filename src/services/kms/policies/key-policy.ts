/**
 * A key's policy between its text and its effect: principals are kept by unique id, so that a user or
 * role made again under an old name gains nothing. Source: AWS KMS Developer Guide, "Key policies";
 * shared reference, authorization.md §3 and §5.
 */

import type { Policy } from '../../../authz/model.js';
import { compilePolicy } from '../../../authz/policy.js';
import {
  identifyPrincipals,
  type PrincipalNames,
  shownPolicy,
  UnknownPrincipalError,
} from '../../../authz/policy-principals.js';
import { kmsError } from '../errors.js';
import type { Key } from '../keys/key.js';
import type { Quotas } from '../keys/quotas.js';
import type { Call } from '../operation.js';
import { checkKeyPolicy, KEY_POLICY_NAME } from './policy.js';

export interface StoredKeyPolicy {
  readonly policy: string;
  readonly policyPrincipals: Readonly<Record<string, string>>;
}

/**
 * Checks a policy's text and finds out who its principals are.
 * @throws ServiceError MalformedPolicyDocumentException, LimitExceededException
 */
export async function prepareKeyPolicy(
  text: string,
  partition: string,
  names: PrincipalNames,
  quotas: Pick<Quotas, 'policyBytes'>,
): Promise<StoredKeyPolicy> {
  checkKeyPolicy(text, partition, quotas);
  return findPolicyPrincipals(text, names);
}

/**
 * Finds out who the principals of a policy are whose text has been checked.
 * @throws ServiceError MalformedPolicyDocumentException for principals that don't exist
 */
export async function findPolicyPrincipals(
  text: string,
  names: PrincipalNames,
): Promise<StoredKeyPolicy> {
  try {
    return { policy: text, policyPrincipals: await identifyPrincipals(text, names) };
  } catch (error) {
    if (!(error instanceof UnknownPrincipalError)) throw error;
    throw kmsError(
      'MalformedPolicyDocumentException',
      'Policy contains a statement with one or more invalid principals.',
    );
  }
}

/**
 * A new policy must leave its maker able to change it again: to put the one named default.
 * @param key as it would be with the policy
 * @throws ServiceError MalformedPolicyDocumentException
 */
export function checkLockout({ wouldAllow }: Pick<Call, 'wouldAllow'>, key: Key): void {
  if (wouldAllow('kms:PutKeyPolicy', key, policyNameCondition(undefined))) return;
  throw kmsError(
    'MalformedPolicyDocumentException',
    'The new key policy will not allow you to update the key policy in the future.',
  );
}

/** What conditions are told of the policy that a request names, or doesn't. */
export function policyNameCondition(name: string | undefined): {
  readonly 'kms:policyname': string;
} {
  return { 'kms:policyname': name ?? KEY_POLICY_NAME };
}

const compiled = new WeakMap<Key, Policy>();

/** The key's policy, compiled once as long as the key is in memory. */
export function compiledKeyPolicy(key: Key): Policy {
  const known = compiled.get(key);
  if (known) return known;
  const policy = compilePolicy(
    key.policy,
    { kind: 'resource', id: key.arn },
    { principalIds: new Map(Object.entries(key.policyPrincipals)) },
  );
  compiled.set(key, policy);
  return policy;
}

/** The policy's text for GetKeyPolicy. */
export function shownKeyPolicy(key: Key, names: PrincipalNames): Promise<string> {
  return shownPolicy(key.policy, key.policyPrincipals, names);
}
