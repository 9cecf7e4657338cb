import type { PrincipalNames } from '../../../authz/policy-principals.js';
import { type Algorithm, isAsymmetric, type Keyed } from '../../../crypto/algorithms.js';
import { ServiceError } from '../../../kernel/service-error.js';
import type { CalendarClock, Deadline } from '../../../kernel/time.js';
import { able } from '../../../keystores/contract/abilities.js';
import type { MaterialMaker } from '../../../keystores/contract/materials.js';
import { notImportable } from '../../../keystores/contract/store-error.js';
import { kmsError } from '../errors.js';
import type { Call } from '../operation.js';
import { checkLockout, findPolicyPrincipals } from '../policies/key-policy.js';
import { defaultKeyPolicy } from '../policies/policy.js';
import { refuse } from '../refusals.js';
import type { CustomKeyStore } from '../stores/custom-key-store.js';
import type { CustomKeyStoreRepository } from '../stores/custom-key-store-repository.js';
import type { KeyStores } from '../stores/key-stores.js';
import { wordStoreFailure } from '../stores/store-failures.js';
import type { StoreLimits } from '../stores/store-limits.js';
import { type Key, withFirstMaterial } from './key.js';
import { keyArn, multiRegionKeyId } from './key-id.js';
import type { KeyRepository } from './key-repository.js';
import type { NewKey } from './new-key.js';
import { tagMap } from './tags.js';

export type CreationCall = Pick<Call, 'scope' | 'deadline' | 'wouldAllow' | 'about'>;

export interface CreationPorts {
  readonly keys: KeyRepository;
  readonly keyStores: KeyStores;
  readonly customKeyStores: CustomKeyStoreRepository;
  readonly customKeyStoreLimits: StoreLimits;
  /** Who the names in policies and grants are. */
  readonly principals: PrincipalNames;
  /** A random UUID, lower case. */
  readonly newId: () => string;
  readonly calendar: CalendarClock;
}

/**
 * Makes the material where the key belongs and stores the key with it. A key exists from the moment
 * its row is committed; material whose key could not be stored is given back to be removed. A key of
 * origin EXTERNAL begins without material.
 */
export async function createKey(
  wanted: NewKey,
  { scope, deadline, wouldAllow, about }: CreationCall,
  ports: CreationPorts,
): Promise<Key> {
  const { keyStores, newId, calendar } = ports;
  const text = wanted.policy ?? defaultKeyPolicy(scope.partition, scope.accountId);
  const policy = await findPolicyPrincipals(text, ports.principals);
  const store = await storeOf(wanted, scope, ports);
  const keyId = wanted.multiRegion ? multiRegionKeyId(newId()) : newId();
  const key: Key = {
    ...newKeyDefaults(new Date(calendar())),
    accountId: scope.accountId,
    region: scope.region,
    keyId,
    arn: keyArn(scope, keyId),
    keySpec: wanted.keySpec,
    keyUsage: wanted.keyUsage,
    origin: wanted.origin,
    multiRegion: wanted.multiRegion
      ? { primaryRegion: scope.region, replicaRegions: [] }
      : undefined,
    description: wanted.description,
    customKeyStoreId: store?.customKeyStoreId,
    cloudHsmClusterId: store?.cloudHsmClusterId,
    ...policy,
    tags: tagMap(wanted.tags),
  };
  if (wanted.policy !== undefined && !wanted.bypassLockoutCheck) {
    checkLockout({ wouldAllow }, key);
  }
  about.push(key.arn);
  if (wanted.origin === 'EXTERNAL') {
    if (store && isAsymmetric(wanted.keySpec)) {
      throw notImportable(wanted.keySpec);
    }
    await ports.keys.insert(key, wanted.tags);
    return key;
  }
  const maker = keyStores.materials(store);
  const provenAlgorithms = await provenBy(maker, key, deadline);
  const material = await maker.make(key, key, deadline).catch(refuseCreation);
  const complete = { ...withFirstMaterial(key, material), provenAlgorithms };
  try {
    await ports.keys.insert(complete, wanted.tags);
  } catch (error) {
    await maker.abandon(material);
    throw error;
  }
  return complete;
}

/** What the key will be able to do. Undefined: whatever its spec can. */
export async function provenBy(
  maker: MaterialMaker,
  kind: Keyed,
  deadline: Deadline,
): Promise<readonly Algorithm[] | undefined> {
  if (!able(maker, 'provenAlgorithms')) return undefined;
  return maker.provenAlgorithms(kind, deadline).catch(refuseCreation);
}

/** What every new key begins with. */
export function newKeyDefaults(createdAt: Date) {
  return {
    manager: 'CUSTOMER',
    enabled: true,
    status: 'active',
    createdAt,
    deletionDate: undefined,
    pendingWindowInDays: undefined,
    rotationPeriodInDays: undefined,
    nextRotationDate: undefined,
    onDemandRotations: 0,
    relatedVersion: 0,
    trackedSince: createdAt,
    customKeyStoreId: undefined,
    cloudHsmClusterId: undefined,
    provenAlgorithms: undefined,
    aliases: [],
    currentMaterialId: undefined,
    materials: new Map(),
  } as const satisfies Partial<Key>;
}

/** @throws ServiceError UnsupportedOperationException */
async function storeOf(
  wanted: NewKey,
  scope: { readonly accountId: string; readonly region: string },
  { customKeyStores, customKeyStoreLimits: limits }: CreationPorts,
): Promise<CustomKeyStore | undefined> {
  if (wanted.customKeyStoreId === undefined) return undefined;
  if (limits === 'aws' && wanted.origin === 'EXTERNAL') {
    throw refuse.customKeyStoreIdWithOrigin();
  }
  const store = await customKeyStores.get(scope, wanted.customKeyStoreId);
  if (limits === 'aws' && wanted.keySpec !== 'SYMMETRIC_DEFAULT') {
    throw refuse.unsupported(
      'You can create only symmetric encryption KMS keys in a custom key store.',
    );
  }
  return store;
}

/** What can't be reached has another code at CreateKey than in use, with the same text (errors.md §5). */
function refuseCreation(failure: unknown): never {
  const error = wordStoreFailure(failure);
  if (!(error instanceof ServiceError) || error.code !== 'KMSInvalidStateException') throw error;
  throw kmsError('CustomKeyStoreInvalidStateException', error.message, { cause: error });
}
