import { KmsError } from '../api/errors.js';
import type { Call } from '../api/operation.js';
import { refuse } from '../api/refusals.js';
import type { Services } from '../operations/services.js';
import type { Key } from './key.js';
import { keyArn } from './key-id.js';
import { checkLockout, prepareKeyPolicy } from './key-policy.js';
import type { NewKey } from './new-key.js';
import { defaultKeyPolicy } from './policy.js';
import { tagMap } from './tags.js';

export type CreationCall = Pick<
  Call,
  'caller' | 'region' | 'partition' | 'deadline' | 'wouldAllow'
>;

/**
 * Makes the material where the key belongs and stores the key with it. A key exists from the moment
 * its row is committed; material whose key could not be stored is given back to be removed.
 */
export async function createKey(
  wanted: NewKey,
  { caller, region, partition, deadline, wouldAllow }: CreationCall,
  services: Services,
): Promise<Key> {
  const { keys, keyStores, customKeyStores, customKeyStoreLimits, newId, now } = services;
  const scope = { partition, region, accountId: caller.accountId };
  const text = wanted.policy ?? defaultKeyPolicy(partition, scope.accountId);
  const policy = await prepareKeyPolicy(text, services.principals);
  const store =
    wanted.customKeyStoreId === undefined
      ? undefined
      : await customKeyStores.get(scope, wanted.customKeyStoreId);
  if (store && customKeyStoreLimits === 'aws' && wanted.keySpec !== 'SYMMETRIC_DEFAULT') {
    throw refuse.unsupported(
      'You can create only symmetric encryption KMS keys in a custom key store.',
    );
  }
  const maker = keyStores.materials(store);
  const keyId = newId();
  const owner = { accountId: scope.accountId, region, keyId };
  const described = {
    ...owner,
    arn: keyArn(scope, keyId),
    keySpec: wanted.keySpec,
    keyUsage: wanted.keyUsage,
    origin: wanted.origin,
    multiRegion: false,
    description: wanted.description,
    enabled: true,
    status: 'active',
    createdAt: new Date(now()),
    deletionDate: undefined,
    customKeyStoreId: store?.customKeyStoreId,
    cloudHsmClusterId: store?.cloudHsmClusterId,
    ...policy,
    tags: tagMap(wanted.tags),
    aliases: [],
  } as const;
  if (wanted.policy !== undefined && !wanted.bypassLockoutCheck) {
    const future: Key = { ...described, currentMaterialId: '', materials: new Map() };
    checkLockout(wouldAllow('kms:PutKeyPolicy', future));
  }
  const spec = { keySpec: wanted.keySpec, keyUsage: wanted.keyUsage };
  const material = await maker.make(owner, spec, deadline).catch((error: unknown) => {
    throw creationFailure(error);
  });
  const key: Key = {
    ...described,
    currentMaterialId: material.materialId,
    materials: new Map([[material.materialId, material]]),
  };
  try {
    await keys.insert(key, wanted.tags);
  } catch (error) {
    await maker.abandon(material);
    throw error;
  }
  return key;
}

/** What can't be reached has another code at CreateKey than in use, with the same text (errors.md §5). */
function creationFailure(error: unknown): unknown {
  if (!(error instanceof KmsError) || error.code !== 'KMSInvalidStateException') return error;
  return new KmsError('CustomKeyStoreInvalidStateException', error.message, { cause: error });
}
