import type { KeyMetadata } from '../api/shapes.js';
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
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: key.multiRegion,
    ...(key.customKeyStoreId === undefined && { CurrentKeyMaterialId: key.currentMaterialId }),
  };
}
