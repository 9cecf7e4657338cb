import { createHash } from 'node:crypto';
import type { CryptoPool } from '../../../src/keystores/software/crypto-pool.js';
import { SoftwareKeyStore } from '../../../src/keystores/software/software-key-store.js';

/** A software key store whose one material is known: its sealer hands out what it is given. */
export function softwareStoreOf(secret: Buffer) {
  const store = new SoftwareKeyStore({
    sealer: {
      seal: async (octets) => Buffer.from(octets),
      open: async (sealed) => Buffer.from(sealed),
    },
    // Light work never reaches the pool.
    pool: undefined as unknown as CryptoPool,
    maxOpenMaterials: 1,
  });
  const material = {
    materialId: createHash('sha256').update(secret).digest('hex'),
    sealed: secret,
    ckaId: undefined,
    publicKey: undefined,
    createdAt: new Date(0),
  };
  return { store, material };
}
