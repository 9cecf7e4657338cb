/** The registry: every operation, by family. The table of contents of the API. */
import type { Families } from '../../declare/operation.js';
import { createAlias } from './aliases/create-alias.js';
import { deleteAlias } from './aliases/delete-alias.js';
import { listAliases } from './aliases/list-aliases.js';
import { updateAlias } from './aliases/update-alias.js';
import { decrypt } from './cryptography/decrypt.js';
import { deriveSharedSecret } from './cryptography/derive-shared-secret.js';
import { encrypt } from './cryptography/encrypt.js';
import { generateDataKey } from './cryptography/generate-data-key.js';
import { generateDataKeyPair } from './cryptography/generate-data-key-pair.js';
import { generateDataKeyPairWithoutPlaintext } from './cryptography/generate-data-key-pair-without-plaintext.js';
import { generateDataKeyWithoutPlaintext } from './cryptography/generate-data-key-without-plaintext.js';
import { generateMac } from './cryptography/generate-mac.js';
import { generateRandom } from './cryptography/generate-random.js';
import { getPublicKey } from './cryptography/get-public-key.js';
import { reEncrypt } from './cryptography/re-encrypt.js';
import { sign } from './cryptography/sign.js';
import { verify } from './cryptography/verify.js';
import { verifyMac } from './cryptography/verify-mac.js';
import { listEvents } from './events/list-events.js';
import { createGrant } from './grants/create-grant.js';
import { listGrants } from './grants/list-grants.js';
import { listRetirableGrants } from './grants/list-retirable-grants.js';
import { retireGrant } from './grants/retire-grant.js';
import { revokeGrant } from './grants/revoke-grant.js';
import { deleteImportedKeyMaterial } from './import/delete-imported-key-material.js';
import { getParametersForImport } from './import/get-parameters-for-import.js';
import { importKeyMaterial } from './import/import-key-material.js';
import { cancelKeyDeletion } from './keys/cancel-key-deletion.js';
import { createKey } from './keys/create-key.js';
import { describeKey } from './keys/describe-key.js';
import { getKeyLastUsage } from './keys/get-key-last-usage.js';
import { listKeys } from './keys/list-keys.js';
import { listResourceTags } from './keys/list-resource-tags.js';
import { scheduleKeyDeletion } from './keys/schedule-key-deletion.js';
import { tagResource } from './keys/tag-resource.js';
import { untagResource } from './keys/untag-resource.js';
import { disableKey, enableKey, updateKeyDescription } from './keys/use.operations.js';
import { advanceClock } from './life/advance-clock.js';
import type { KmsOperation } from './operation.js';
import { getKeyPolicy } from './policies/get-key-policy.js';
import { listKeyPolicies } from './policies/list-key-policies.js';
import { putKeyPolicy } from './policies/put-key-policy.js';
import { replicateKey } from './replicas/replicate-key.js';
import { updatePrimaryRegion } from './replicas/update-primary-region.js';
import { disableKeyRotation } from './rotation/disable-key-rotation.js';
import { enableKeyRotation } from './rotation/enable-key-rotation.js';
import { getKeyRotationStatus } from './rotation/get-key-rotation-status.js';
import { listKeyRotations } from './rotation/list-key-rotations.js';
import { rotateKeyOnDemand } from './rotation/rotate-key-on-demand.js';
import type { Services } from './services.js';
import { connectCustomKeyStore } from './stores/connect-custom-key-store.js';
import { createCustomKeyStore } from './stores/create-custom-key-store.js';
import { deleteCustomKeyStore } from './stores/delete-custom-key-store.js';
import { describeCustomKeyStores } from './stores/describe-custom-key-stores.js';
import { disconnectCustomKeyStore } from './stores/disconnect-custom-key-store.js';
import { updateCustomKeyStore } from './stores/update-custom-key-store.js';

export const families: Families<KmsOperation<Services>> = {
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
  /** Strongroom's own, which AWS KMS doesn't have: on the REST face only. */
  Strongroom: [listEvents, advanceClock],
};
