import type { KeyMetadata, KeyUsage } from '../api/shapes.js';
import { algorithmsOf } from './algorithms.js';
import type { Key } from './key.js';
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
    Origin: key.origin,
    ...(key.customKeyStoreId && { CustomKeyStoreId: key.customKeyStoreId }),
    ...(key.cloudHsmClusterId && { CloudHsmClusterId: key.cloudHsmClusterId }),
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: key.keySpec,
    KeySpec: key.keySpec,
    ...algorithmMembers(key),
    MultiRegion: key.multiRegion,
    ...(hasMaterialId(key) && { CurrentKeyMaterialId: key.currentMaterialId }),
  };
}

/** Which member lists the algorithms, by usage. */
const LIST_MEMBERS = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
} as const satisfies Record<KeyUsage, keyof KeyMetadata>;

type AlgorithmMembers = Pick<KeyMetadata, (typeof LIST_MEMBERS)[KeyUsage]>;

/** The one list of algorithms that suits the key's usage. */
export function algorithmMembers(key: Pick<Key, 'keySpec' | 'keyUsage'>): AlgorithmMembers {
  return { [LIST_MEMBERS[key.keyUsage]]: [...algorithmsOf(key)] };
}

/** AWS shows material ids of symmetric encryption keys that it holds itself, and of no others. */
export function hasMaterialId(key: Key): boolean {
  return key.keySpec === 'SYMMETRIC_DEFAULT' && key.customKeyStoreId === undefined;
}
