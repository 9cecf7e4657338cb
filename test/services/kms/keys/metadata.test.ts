import { expect, it } from 'vitest';
import { keyMetadata } from '../../../../src/services/kms/keys/metadata.js';
import { CREATED_AT, MATERIAL_ID, sampleKey } from '../../../support/sample-key.js';

const software = sampleKey({ description: 'd' });

const always = {
  AWSAccountId: '111122223333',
  KeyId: software.keyId,
  Arn: software.arn,
  CreationDate: CREATED_AT,
  Description: 'd',
  KeyUsage: 'ENCRYPT_DECRYPT',
  KeyManager: 'CUSTOMER',
  CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
  KeySpec: 'SYMMETRIC_DEFAULT',
  EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
  MultiRegion: false,
};
const inStore = {
  origin: 'AWS_CLOUDHSM',
  customKeyStoreId: 'cks-1',
  cloudHsmClusterId: 'cluster-1',
} as const;
const DeletionDate = new Date('2026-02-01T00:00:00Z');

it.each([
  { proven: ['RSAES_OAEP_SHA_1'], listed: ['RSAES_OAEP_SHA_1'] },
  { proven: undefined, listed: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] },
] as const)('of a key is listed what was proven of it ($proven), or all of its spec', (row) => {
  const key = sampleKey({ ...inStore, keySpec: 'RSA_2048', provenAlgorithms: row.proven });
  expect(keyMetadata(key, 'Enabled').EncryptionAlgorithms).toEqual(row.listed);
});

it.each([
  {
    name: 'an enabled software key',
    key: software,
    state: 'Enabled',
    members: { Enabled: true, Origin: 'AWS_KMS', CurrentKeyMaterialId: MATERIAL_ID },
  },
  {
    name: 'a software key that awaits deletion',
    key: sampleKey({ description: 'd', deletionDate: DeletionDate }),
    state: 'PendingDeletion',
    members: { Enabled: false, Origin: 'AWS_KMS', CurrentKeyMaterialId: MATERIAL_ID, DeletionDate },
  },
  {
    name: 'a key in a custom key store that is away',
    key: sampleKey({ description: 'd', ...inStore }),
    state: 'Unavailable',
    members: {
      Enabled: false,
      Origin: 'AWS_CLOUDHSM',
      CustomKeyStoreId: 'cks-1',
      CloudHsmClusterId: 'cluster-1',
    },
  },
] as const)('$name has these members and no others', ({ key, state, members }) => {
  expect(keyMetadata(key, state)).toStrictEqual({ ...always, KeyState: state, ...members });
});
