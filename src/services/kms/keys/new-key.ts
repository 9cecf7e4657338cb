/** What CreateKey may ask for. Source: AWS KMS API Reference, CreateKey; operations.md §10. */

import type { RequestMembers } from '../../../authz/request.js';
import { algorithmsOf, type KeySpec, type KeyUsage, specRow } from '../../../crypto/algorithms.js';
import { checkKeyPolicy } from '../policies/policy.js';
import { refuse } from '../refusals.js';
import type { Origin, TagEntry } from '../shapes.js';
import type { Quotas } from './quotas.js';
import { checkTags, tagMap } from './tags.js';

export interface NewKeyMembers {
  readonly Policy?: string;
  readonly Description?: string;
  readonly KeyUsage?: KeyUsage;
  readonly CustomerMasterKeySpec?: KeySpec;
  readonly KeySpec?: KeySpec;
  readonly Origin?: Origin;
  readonly CustomKeyStoreId?: string;
  readonly BypassPolicyLockoutSafetyCheck?: boolean;
  readonly Tags?: readonly TagEntry[];
  readonly MultiRegion?: boolean;
  readonly XksKeyId?: string;
}

/** `aws`: material is imported for the specs that AWS takes; `extended`: of lattices, too. */
export type ImportLimits = 'aws' | 'extended';

export interface NewKeyLimits {
  readonly quotas: Quotas;
  readonly importLimits: ImportLimits;
}

/** A request for a key that this server can make. */
export interface NewKey {
  readonly keySpec: KeySpec;
  readonly keyUsage: KeyUsage;
  readonly origin: Exclude<Origin, 'EXTERNAL_KEY_STORE'>;
  readonly multiRegion: boolean;
  readonly description: string;
  readonly policy: string | undefined;
  readonly bypassLockoutCheck: boolean;
  readonly tags: readonly TagEntry[];
  readonly customKeyStoreId: string | undefined;
}

/**
 * @throws ServiceError ValidationException where members contradict each other,
 * UnsupportedOperationException for keys that this version can't make, and what the policy and the
 * tags are refused with.
 */
export function checkNewKey(
  members: NewKeyMembers,
  partition: string,
  { quotas, importLimits }: NewKeyLimits,
): NewKey {
  const { origin, customKeyStoreId } = checkOrigin(members);
  const { keySpec, keyUsage } = checkSpecAndUsage(members);
  if (members.MultiRegion && customKeyStoreId !== undefined) {
    throw refuse.unsupported('Multi-Region keys cannot be created in a custom key store.');
  }
  if (origin === 'EXTERNAL' && specRow(keySpec).lattice && importLimits === 'aws') {
    throw refuse.validation(`KeySpec ${keySpec} is not supported for Origin EXTERNAL`);
  }
  if (members.Policy !== undefined) checkKeyPolicy(members.Policy, partition, quotas);
  checkTags(members.Tags ?? []);
  return {
    keySpec,
    keyUsage,
    origin,
    multiRegion: members.MultiRegion ?? false,
    description: members.Description ?? '',
    policy: members.Policy,
    bypassLockoutCheck: members.BypassPolicyLockoutSafetyCheck ?? false,
    tags: members.Tags ?? [],
    customKeyStoreId,
  };
}

/** What CreateKey's input says to conditions; defaults count as AWS counts them. */
export function newKeyConditions(members: NewKeyMembers): RequestMembers {
  const keySpec = members.KeySpec ?? members.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
  const keyUsage = members.KeyUsage ?? 'ENCRYPT_DECRYPT';
  return {
    members: {
      'kms:keyspec': keySpec,
      'kms:customermasterkeyspec': keySpec,
      'kms:keyusage': keyUsage,
      'kms:customermasterkeyusage': keyUsage,
      'kms:keyorigin': members.Origin ?? 'AWS_KMS',
      'kms:multiregion': String(members.MultiRegion ?? false),
      'kms:multiregionkeytype': members.MultiRegion ? 'PRIMARY' : undefined,
      'kms:bypasspolicylockoutsafetycheck': members.BypassPolicyLockoutSafetyCheck?.toString(),
    },
    tags: tagMap(members.Tags),
  };
}

function checkSpecAndUsage(members: NewKeyMembers): Pick<NewKey, 'keySpec' | 'keyUsage'> {
  if (members.KeySpec !== undefined && members.CustomerMasterKeySpec !== undefined) {
    throw refuse.validation(
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    );
  }
  const keySpec = members.KeySpec ?? members.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
  if (members.KeyUsage === undefined && keySpec !== 'SYMMETRIC_DEFAULT') {
    throw refuse.validation(
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    );
  }
  const keyUsage = members.KeyUsage ?? 'ENCRYPT_DECRYPT';
  if (algorithmsOf({ keySpec, keyUsage }).length === 0) {
    throw refuse.validation(`KeyUsage ${keyUsage} is not compatible with KeySpec ${keySpec}`);
  }
  // As AWS answers outside its China Regions.
  if (keySpec === 'SM2') throw refuse.unsupported('SM2 keys are not supported in this Region.');
  return { keySpec, keyUsage };
}

function checkOrigin(members: NewKeyMembers): Pick<NewKey, 'origin' | 'customKeyStoreId'> {
  const { Origin: origin = 'AWS_KMS', CustomKeyStoreId: customKeyStoreId } = members;
  const inStore = origin === 'AWS_CLOUDHSM' || origin === 'EXTERNAL_KEY_STORE';
  // With the extended limits a key of a custom key store may get imported material.
  if (customKeyStoreId !== undefined && !inStore && origin !== 'EXTERNAL') {
    throw refuse.customKeyStoreIdWithOrigin();
  }
  if (members.XksKeyId !== undefined && origin !== 'EXTERNAL_KEY_STORE') {
    throw refuse.validation('XksKeyId can be specified only with Origin EXTERNAL_KEY_STORE.');
  }
  if (inStore && customKeyStoreId === undefined) {
    throw refuse.validation(`CustomKeyStoreId must be specified with Origin ${origin}.`);
  }
  if (origin === 'EXTERNAL_KEY_STORE') {
    throw refuse.unsupported(`Keys of origin ${origin} are not supported yet.`);
  }
  return { origin, customKeyStoreId };
}
