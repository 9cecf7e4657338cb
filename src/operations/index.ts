/** The registry: every operation, by family. The table of contents of the API. */
import type { Operation } from '../api/operation.js';
import { cancelKeyDeletion } from './cancel-key-deletion.js';
import { connectCustomKeyStore } from './connect-custom-key-store.js';
import { createAlias } from './create-alias.js';
import { createCustomKeyStore } from './create-custom-key-store.js';
import { createGrant } from './create-grant.js';
import { createKey } from './create-key.js';
import { decrypt } from './decrypt.js';
import { deleteAlias } from './delete-alias.js';
import { deleteCustomKeyStore } from './delete-custom-key-store.js';
import { deleteImportedKeyMaterial } from './delete-imported-key-material.js';
import { deriveSharedSecret } from './derive-shared-secret.js';
import { describeCustomKeyStores } from './describe-custom-key-stores.js';
import { describeKey } from './describe-key.js';
import { disableKey } from './disable-key.js';
import { disableKeyRotation } from './disable-key-rotation.js';
import { disconnectCustomKeyStore } from './disconnect-custom-key-store.js';
import { enableKey } from './enable-key.js';
import { enableKeyRotation } from './enable-key-rotation.js';
import { encrypt } from './encrypt.js';
import { generateDataKey } from './generate-data-key.js';
import { generateDataKeyPair } from './generate-data-key-pair.js';
import { generateDataKeyPairWithoutPlaintext } from './generate-data-key-pair-without-plaintext.js';
import { generateDataKeyWithoutPlaintext } from './generate-data-key-without-plaintext.js';
import { generateMac } from './generate-mac.js';
import { generateRandom } from './generate-random.js';
import { getKeyLastUsage } from './get-key-last-usage.js';
import { getKeyPolicy } from './get-key-policy.js';
import { getKeyRotationStatus } from './get-key-rotation-status.js';
import { getParametersForImport } from './get-parameters-for-import.js';
import { getPublicKey } from './get-public-key.js';
import { importKeyMaterial } from './import-key-material.js';
import { listAliases } from './list-aliases.js';
import { listGrants } from './list-grants.js';
import { listKeyPolicies } from './list-key-policies.js';
import { listKeyRotations } from './list-key-rotations.js';
import { listKeys } from './list-keys.js';
import { listResourceTags } from './list-resource-tags.js';
import { listRetirableGrants } from './list-retirable-grants.js';
import { putKeyPolicy } from './put-key-policy.js';
import { reEncrypt } from './re-encrypt.js';
import { replicateKey } from './replicate-key.js';
import { retireGrant } from './retire-grant.js';
import { revokeGrant } from './revoke-grant.js';
import { rotateKeyOnDemand } from './rotate-key-on-demand.js';
import { scheduleKeyDeletion } from './schedule-key-deletion.js';
import { sign } from './sign.js';
import { advanceClock } from './strongroom/advance-clock.js';
import { listEvents } from './strongroom/list-events.js';
import { tagResource } from './tag-resource.js';
import { untagResource } from './untag-resource.js';
import { updateAlias } from './update-alias.js';
import { updateCustomKeyStore } from './update-custom-key-store.js';
import { updateKeyDescription } from './update-key-description.js';
import { updatePrimaryRegion } from './update-primary-region.js';
import { verify } from './verify.js';
import { verifyMac } from './verify-mac.js';

export const families = {
  Keys: [
    createKey,
    describeKey,
    listKeys,
    enableKey,
    disableKey,
    updateKeyDescription,
    getKeyLastUsage,
  ],
  Rotation: [
    enableKeyRotation,
    disableKeyRotation,
    getKeyRotationStatus,
    rotateKeyOnDemand,
    listKeyRotations,
  ],
  'Imported key material': [getParametersForImport, importKeyMaterial, deleteImportedKeyMaterial],
  'Multi-Region keys': [replicateKey, updatePrimaryRegion],
  Deletion: [scheduleKeyDeletion, cancelKeyDeletion],
  Aliases: [createAlias, updateAlias, deleteAlias, listAliases],
  Tags: [tagResource, untagResource, listResourceTags],
  'Key policies': [getKeyPolicy, putKeyPolicy, listKeyPolicies],
  Grants: [createGrant, listGrants, listRetirableGrants, retireGrant, revokeGrant],
  'Encryption and data keys': [
    encrypt,
    decrypt,
    reEncrypt,
    generateDataKey,
    generateDataKeyWithoutPlaintext,
    generateDataKeyPair,
    generateDataKeyPairWithoutPlaintext,
    generateRandom,
  ],
  'Asymmetric cryptography': [getPublicKey, sign, verify, deriveSharedSecret],
  'Message authentication': [generateMac, verifyMac],
  'Custom key stores': [
    createCustomKeyStore,
    connectCustomKeyStore,
    describeCustomKeyStores,
    updateCustomKeyStore,
    disconnectCustomKeyStore,
    deleteCustomKeyStore,
  ],
} as const satisfies Record<string, readonly Operation[]>;

/** Strongroom's own, which AWS KMS doesn't have: on the REST face only. */
export const ownFamilies = {
  Strongroom: [listEvents, advanceClock],
} as const satisfies Record<string, readonly Operation[]>;

/** The operations of the AWS KMS API by name: all that it has. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  Object.values(families)
    .flat()
    .map((operation) => [operation.name, operation]),
);

/** Every operation of the REST face. */
export const restOperations: readonly Operation[] = [
  ...operations.values(),
  ...Object.values(ownFamilies).flat(),
];
