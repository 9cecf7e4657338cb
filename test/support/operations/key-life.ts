/** Rotation, import and replication. */
import { expect } from 'vitest';
import { arnOf } from '../faces/conformance-server.js';
import { FREE_REGION, OTHER_REGION } from '../shared-server.js';
import { DATE } from './keys.js';
import type { OperationRow } from './operation-row.js';
import { WRAPPING } from './surroundings.js';

const justKeyId = (KeyId: string) => ({ KeyId });
const MATERIAL_ID = { keyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/) };
const importedOnly = { 'material of KMS': 'material of KMS' } as const;
const primaryOnly = { 'no primary': 'no primary key' } as const;

export const keyLife: readonly OperationRow[] = [
  {
    operation: 'EnableKeyRotation',
    forms: 'key',
    states: 'rotation setting',
    refuses: { imported: 'imported material' },
    changes: true,
    input: (KeyId) => ({ KeyId, RotationPeriodInDays: 90 }),
    body: 'nothing',
    recorded: { request: () => ({ rotationPeriodInDays: 90 }) },
  },
  {
    operation: 'DisableKeyRotation',
    forms: 'key',
    states: 'rotation setting',
    refuses: { imported: 'imported material' },
    changes: true,
    input: justKeyId,
    body: 'nothing',
    recorded: {},
  },
  {
    operation: 'GetKeyRotationStatus',
    forms: 'key',
    states: 'any',
    input: justKeyId,
    body: 'members',
    recorded: {},
  },
  {
    operation: 'RotateKeyOnDemand',
    forms: 'key',
    states: 'rotation',
    refuses: { imported: 'no material waits', unavailable: 'unavailable' },
    changes: true,
    input: justKeyId,
    body: 'members',
    recorded: {},
  },
  {
    operation: 'ListKeyRotations',
    forms: 'key',
    states: 'any',
    input: (KeyId) => ({ KeyId, Limit: 5 }),
    body: 'members',
    recorded: { request: () => ({ limit: 5 }) },
  },
  {
    operation: 'GetParametersForImport',
    key: 'imported',
    forms: 'key',
    states: 'import parameters',
    refuses: importedOnly,
    input: (KeyId) => ({ KeyId, ...WRAPPING }),
    body: 'members',
    recorded: {
      request: () => ({
        wrappingAlgorithm: WRAPPING.WrappingAlgorithm,
        wrappingKeySpec: WRAPPING.WrappingKeySpec,
      }),
    },
  },
  {
    operation: 'ImportKeyMaterial',
    key: 'imported',
    forms: 'key',
    states: 'import',
    refuses: importedOnly,
    changes: true,
    input: async (KeyId, at) => ({ ...(await at.importOrder()), KeyId }),
    body: 'members',
    recorded: {
      request: () => ({ expirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }),
      response: (_, { key }) => ({ keyId: key.arn, ...MATERIAL_ID }),
    },
  },
  {
    operation: 'DeleteImportedKeyMaterial',
    key: 'imported',
    forms: 'key',
    states: 'material deletion',
    refuses: importedOnly,
    changes: true,
    input: justKeyId,
    body: 'members',
    recorded: { response: (_, { key }) => ({ keyId: key.arn, ...MATERIAL_ID }) },
  },
  {
    operation: 'ReplicateKey',
    key: 'primary',
    forms: 'key',
    states: 'replication',
    refuses: primaryOnly,
    changes: true,
    input: (KeyId) => ({ KeyId, ReplicaRegion: FREE_REGION, Description: 'replica' }),
    body: 'members',
    recorded: {
      request: () => ({ replicaRegion: FREE_REGION, description: 'replica' }),
      response: (_, { key }) => ({
        replicaKeyMetadata: expect.objectContaining({
          arn: arnOf(`key/${key.id}`, FREE_REGION),
          creationDate: DATE,
          keyState: 'Creating',
        }),
        replicaPolicy: expect.any(String),
      }),
    },
  },
  {
    operation: 'UpdatePrimaryRegion',
    key: 'primary',
    forms: 'key',
    states: 'primary Region',
    refuses: primaryOnly,
    changes: true,
    input: (KeyId) => ({ KeyId, PrimaryRegion: OTHER_REGION }),
    body: 'nothing',
    recorded: { request: () => ({ primaryRegion: OTHER_REGION }) },
  },
];
