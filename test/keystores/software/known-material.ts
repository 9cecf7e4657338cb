import { createHash } from 'node:crypto';
import { newMaterial } from '../../../src/keystores/contract/material.js';
import { SoftwareKeyStore } from '../../../src/keystores/software/software-key-store.js';

import { cryptoPool } from '../../support/crypto-pool.js';

/** A software key store whose one material is known: its sealer hands out what it is given. */
export function softwareStoreOf(secret: Buffer) {
  const store = new SoftwareKeyStore({
    sealer: {
      seal: async (octets) => Buffer.from(octets),
      open: async (sealed) => Buffer.from(sealed),
    },
    pool: cryptoPool,
    maxOpenMaterials: 1,
  });
  const material = newMaterial({
    region: 'us-east-1',
    keyId: '1234abcd-12ab-34cd-56ef-1234567890ab',
    materialId: createHash('sha256').update(secret).digest('hex'),
    sealed: secret,
    ckaId: undefined,
    publicKey: undefined,
    createdAt: new Date(0),
  });
  return { store, material };
}
