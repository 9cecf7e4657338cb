import type { CustomKeyStore } from '../../src/services/kms/stores/custom-key-store.js';

/** A disconnected custom key store, changed as a test wants it. */
export function sampleStore(changed: Partial<CustomKeyStore> = {}): CustomKeyStore {
  return {
    customKeyStoreId: 'cks-1234567890abcdef0',
    accountId: '111122223333',
    region: 'us-east-1',
    name: 'store',
    type: 'AWS_CLOUDHSM',
    cloudHsmClusterId: 'cluster-aaaaaaaaaaa',
    trustAnchor: '-----BEGIN CERTIFICATE-----\n',
    sealedPassword: Buffer.from([0, 1, 0xff]),
    connection: 'disconnected',
    connectionError: undefined,
    createdAt: new Date('2026-01-02T03:04:05.678Z'),
    ...changed,
  };
}
