/** The registry: every operation, by section. The table of contents of the API. */

import type { Sections } from '../../declare/operation.js';
import { adoptKey } from './adoption/adoption.operations.js';
import { createAlias, deleteAlias, updateAlias } from './aliases/aliases.operations.js';
import { listAliases } from './aliases/list-aliases.operations.js';
import { getKeyAttestation } from './attestation/attestation.operations.js';
import {
  generateDataKeyPair,
  generateDataKeyPairWithoutPlaintext,
} from './cryptography/data-key-pairs.operations.js';
import {
  generateDataKey,
  generateDataKeyWithoutPlaintext,
  generateRandom,
} from './cryptography/data-keys.operations.js';
import { decapsulate, encapsulate } from './cryptography/encapsulation.operations.js';
import { decrypt, encrypt } from './cryptography/encryption.operations.js';
import { generateMac, verifyMac } from './cryptography/macs.operations.js';
import { deriveSharedSecret, getPublicKey } from './cryptography/public-keys.operations.js';
import { reEncrypt } from './cryptography/re-encryption.operations.js';
import { sign, verify } from './cryptography/signatures.operations.js';
import { listEvents } from './events/events.operations.js';
import { createGrant } from './grants/create-grant.operations.js';
import { retireGrant, revokeGrant } from './grants/end-grant.operations.js';
import { listGrants, listRetirableGrants } from './grants/list-grants.operations.js';
import { deleteImportedKeyMaterial, importKeyMaterial } from './import/import.operations.js';
import { getParametersForImport } from './import/parameters.operations.js';
import { createKey, describeKey } from './keys/creation.operations.js';
import { cancelKeyDeletion, scheduleKeyDeletion } from './keys/deletion.operations.js';
import { getKeyLastUsage } from './keys/last-usage.operations.js';
import { listKeys } from './keys/list-keys.operations.js';
import { listResourceTags, tagResource, untagResource } from './keys/tags.operations.js';
import { disableKey, enableKey, updateKeyDescription } from './keys/use.operations.js';
import { advanceClock } from './life/clock.operations.js';
import type { KmsOperation } from './operation.js';
import { getKeyPolicy, listKeyPolicies, putKeyPolicy } from './policies/policies.operations.js';
import { replicateKey, updatePrimaryRegion } from './replicas/replicas.operations.js';
import { listKeyRotations } from './rotation/list-rotations.operations.js';
import {
  disableKeyRotation,
  enableKeyRotation,
  getKeyRotationStatus,
  rotateKeyOnDemand,
} from './rotation/rotation.operations.js';
import {
  connectCustomKeyStore,
  createCustomKeyStore,
  deleteCustomKeyStore,
  describeCustomKeyStores,
  disconnectCustomKeyStore,
  updateCustomKeyStore,
} from './stores/custom-key-stores.operations.js';

export const sections = {
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
  'Asymmetric cryptography': [
    getPublicKey,
    sign,
    verify,
    deriveSharedSecret,
    encapsulate,
    decapsulate,
  ],
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
  Strongroom: [adoptKey, getKeyAttestation, listEvents, advanceClock],
} satisfies Sections<KmsOperation>;

type Declared = (typeof sections)[keyof typeof sections][number];

/** What the operations use, all together: whoever puts a server together hands it in. */
export type OperationPorts = [Declared] extends [KmsOperation<infer Ports>] ? Ports : never;
