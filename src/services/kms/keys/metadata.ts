import { algorithmsOf, type KeyUsage } from '../../../crypto/algorithms.js';
import { isPresent } from '../../../keystores/contract/material.js';
import type { KeyMetadata } from '../shapes.js';
import { isComplete, isPrimary, type Key, type MultiRegion } from './key.js';
import type { KeyState } from './states.js';

/**
 * KeyMetadata as CreateKey and DescribeKey answer it; members that don't apply are absent.
 * Source: AWS KMS API Reference, KeyMetadata; shared reference, operations.md §5.
 */
export function keyMetadata(key: Key, state: KeyState): KeyMetadata {
  return {
    AWSAccountId: key.accountId,
    KeyId: key.keyId,
    Arn: key.arn,
    CreationDate: key.createdAt,
    Enabled: state === 'Enabled',
    Description: key.description,
    KeyUsage: key.keyUsage,
    KeyState: state,
    ...(key.deletionDate && { DeletionDate: key.deletionDate }),
    ...expirationMembers(key),
    Origin: key.origin,
    ...(key.customKeyStoreId && { CustomKeyStoreId: key.customKeyStoreId }),
    ...(key.cloudHsmClusterId && { CloudHsmClusterId: key.cloudHsmClusterId }),
    KeyManager: key.manager,
    CustomerMasterKeySpec: key.keySpec,
    KeySpec: key.keySpec,
    ...algorithmMembers(key),
    MultiRegion: key.multiRegion !== undefined,
    ...(key.multiRegion && {
      MultiRegionConfiguration: multiRegionConfiguration(key, key.multiRegion),
    }),
    ...(key.status === 'pending-replica-deletion' &&
      key.pendingWindowInDays !== undefined && {
        PendingDeletionWindowInDays: key.pendingWindowInDays,
      }),
    ...(hasMaterialId(key) &&
      key.currentMaterialId !== undefined && { CurrentKeyMaterialId: key.currentMaterialId }),
  };
}

/**
 * The earliest expiry among the imported materials that ciphertexts may need: only while all of them are
 * there.
 */
function expirationMembers(key: Key): Pick<KeyMetadata, 'ExpirationModel' | 'ValidTo'> {
  if (!isComplete(key)) return {};
  const imported = [...key.materials.values()].filter(
    (material) => material.expiration && material.status === 'permanent' && isPresent(material),
  );
  if (imported.length === 0) return {};
  const dates = imported.flatMap(({ expiration }) => expiration?.validTo?.getTime() ?? []);
  if (dates.length === 0) return { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' };
  return { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: new Date(Math.min(...dates)) };
}

function multiRegionConfiguration(key: Key, multiRegion: MultiRegion) {
  const named = (region: string) => ({ Arn: relatedArn(key, region), Region: region });
  return {
    MultiRegionKeyType: isPrimary(key) ? ('PRIMARY' as const) : ('REPLICA' as const),
    PrimaryKey: named(multiRegion.primaryRegion),
    ReplicaKeys: multiRegion.replicaRegions.map(named),
  };
}

/** The ARN of the related multi-Region key in another Region. */
export function relatedArn(key: Pick<Key, 'arn' | 'region'>, region: string): string {
  return key.arn.replace(`:kms:${key.region}:`, `:kms:${region}:`);
}

/** Which member lists the algorithms, by usage. */
const LIST_MEMBERS = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
  ENCAPSULATE_DECAPSULATE: 'EncapsulationAlgorithms',
} as const satisfies Record<KeyUsage, keyof KeyMetadata>;

type AlgorithmMembers = Pick<KeyMetadata, (typeof LIST_MEMBERS)[KeyUsage]>;

/** The one list of algorithms that suits the key's usage. */
export function algorithmMembers(
  key: Pick<Key, 'keySpec' | 'keyUsage' | 'provenAlgorithms'>,
): AlgorithmMembers {
  return { [LIST_MEMBERS[key.keyUsage]]: [...(key.provenAlgorithms ?? algorithmsOf(key))] };
}

/** AWS shows material ids of symmetric encryption keys that it holds itself, and of no others. */
export function hasMaterialId(key: Key): boolean {
  return key.keySpec === 'SYMMETRIC_DEFAULT' && key.customKeyStoreId === undefined;
}
