import {
  type KeyMaterial,
  type MaterialAddress,
  newMaterial,
} from '../../src/keystores/contract/material.js';
import type { Key } from '../../src/services/kms/keys/key.js';

export const SCOPE = { partition: 'aws', region: 'us-east-1', accountId: '111122223333' } as const;
export const KEY_ID = '1234abcd-12ab-34cd-56ef-1234567890ab';
export const MATERIAL_ID = '0123456789abcdef'.repeat(4);
export const CREATED_AT = new Date('2026-01-02T03:04:05.678Z');

export function sampleAddress(materialId: string, keyId: string = KEY_ID): MaterialAddress {
  return { region: SCOPE.region, keyId, materialId };
}

export function sampleMaterial(changed: Partial<KeyMaterial> = {}): KeyMaterial {
  return {
    ...newMaterial({
      region: SCOPE.region,
      keyId: KEY_ID,
      materialId: MATERIAL_ID,
      sealed: Buffer.from('sealed'),
      ckaId: undefined,
      publicKey: undefined,
      createdAt: CREATED_AT,
    }),
    ...changed,
  };
}

/** An enabled symmetric software key, changed as a test wants it. */
export function sampleKey(changed: Partial<Key> = {}): Key {
  const keyId = changed.keyId ?? KEY_ID;
  return {
    ...SCOPE_OF_ROW,
    keyId,
    arn: `arn:aws:kms:us-east-1:111122223333:key/${keyId}`,
    keySpec: 'SYMMETRIC_DEFAULT',
    keyUsage: 'ENCRYPT_DECRYPT',
    provenAlgorithms: undefined,
    origin: 'AWS_KMS',
    manager: 'CUSTOMER',
    multiRegion: undefined,
    description: '',
    enabled: true,
    status: 'active',
    createdAt: CREATED_AT,
    deletionDate: undefined,
    pendingWindowInDays: undefined,
    rotationPeriodInDays: undefined,
    nextRotationDate: undefined,
    onDemandRotations: 0,
    relatedVersion: 0,
    trackedSince: CREATED_AT,
    customKeyStoreId: undefined,
    cloudHsmClusterId: undefined,
    policy: '{}',
    policyPrincipals: {},
    tags: new Map(),
    aliases: [],
    currentMaterialId: MATERIAL_ID,
    materials: new Map([[MATERIAL_ID, sampleMaterial()]]),
    ...changed,
  };
}

const SCOPE_OF_ROW = { accountId: SCOPE.accountId, region: SCOPE.region };
