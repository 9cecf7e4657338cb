import { algorithmsOf, type KeyUsage } from '../../../crypto/algorithms.js';
import type { KeyName } from '../../../keystores/contract/adoption.js';
import {
  type CreationCall,
  type CreationPorts,
  newKeyDefaults,
  provenBy,
} from '../keys/creation.js';
import { type Key, withFirstMaterial } from '../keys/key.js';
import { keyArn } from '../keys/key-id.js';
import { tagMap } from '../keys/tags.js';
import { checkLockout, findPolicyPrincipals } from '../policies/key-policy.js';
import { defaultKeyPolicy } from '../policies/policy.js';
import { refuse } from '../refusals.js';
import type { TagEntry } from '../shapes.js';

/** A key of a token that is to be a KMS key. */
export interface KeyToAdopt {
  readonly customKeyStoreId: string;
  readonly name: KeyName;
  readonly keyUsage: KeyUsage | undefined;
  readonly destroyOnDeletion: boolean;
  readonly description: string;
  readonly policy: string | undefined;
  readonly bypassLockoutCheck: boolean;
  readonly tags: readonly TagEntry[];
}

/**
 * Stores a key whose material is in the token already. Nothing is made or changed in the token, and
 * nothing is stored before everything is known; of two who adopt one object, the second is refused.
 * @throws ServiceError
 */
export async function adoptKey(
  wanted: KeyToAdopt,
  { scope, deadline, wouldAllow, about }: CreationCall,
  ports: CreationPorts,
): Promise<Key> {
  const { customKeyStores, customKeyStoreLimits, keyStores, newId, calendar } = ports;
  const text = wanted.policy ?? defaultKeyPolicy(scope.partition, scope.accountId);
  const policy = await findPolicyPrincipals(text, ports.principals);
  const store = await customKeyStores.get(scope, wanted.customKeyStoreId);
  const connection = keyStores.adopter(store);
  const owner = { accountId: scope.accountId, region: scope.region, keyId: newId() };
  const { spec, material } = await connection.adopt(owner, wanted, deadline);
  if (customKeyStoreLimits === 'aws' && spec.keySpec !== 'SYMMETRIC_DEFAULT') {
    throw refuse.unsupported('A custom key store can have only symmetric encryption KMS keys.');
  }
  const key: Key = {
    ...newKeyDefaults(new Date(calendar())),
    ...owner,
    ...spec,
    arn: keyArn(scope, owner.keyId),
    origin: 'AWS_CLOUDHSM',
    multiRegion: undefined,
    description: wanted.description,
    customKeyStoreId: store.customKeyStoreId,
    cloudHsmClusterId: store.cloudHsmClusterId,
    ...policy,
    tags: tagMap(wanted.tags),
  };
  if (wanted.policy !== undefined && !wanted.bypassLockoutCheck) checkLockout({ wouldAllow }, key);
  const proven = await provenBy(connection.materials, spec, deadline);
  const provenAlgorithms = proven && algorithmsOf(spec).filter((each) => proven.includes(each));
  const complete = { ...withFirstMaterial(key, material), provenAlgorithms };
  about.push(key.arn);
  await ports.keys.insert(complete, wanted.tags);
  return complete;
}
