/** What GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext share. */

import { randomBytes } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { seedBytes } from '../../../crypto/algorithms.js';
import { exportPair } from '../../../crypto/key-pairs.js';
import type { CryptoPool } from '../../../keystores/software/crypto-pool.js';
import type { KeyCall } from '../on-key.js';
import { refuse } from '../refusals.js';
import {
  DataKeyPairSpec,
  EncryptionContext,
  GrantTokens,
  KeyIdRef,
  KeyMaterialId,
  PublicKey,
} from '../shapes.js';
import type { KeyStores } from '../stores/key-stores.js';
import type { StoreLimits } from '../stores/store-limits.js';
import { requireDataKeyMaker } from './data-key.js';
import { materialIdOf } from './material-id.js';
import { encryptSymmetric } from './symmetric.js';

export interface DataKeyPairPorts {
  readonly keyStores: KeyStores;
  readonly cryptoPool: CryptoPool;
  readonly customKeyStoreLimits: StoreLimits;
}

/** The members of both inputs. */
export const dataKeyPairMembers = {
  EncryptionContext: Type.Optional(EncryptionContext),
  KeyId: KeyIdRef,
  KeyPairSpec: DataKeyPairSpec,
  GrantTokens: Type.Optional(GrantTokens),
  DryRun: Type.Optional(Type.Boolean()),
};

interface DataKeyPairInput {
  readonly KeyPairSpec: Static<typeof DataKeyPairSpec>;
  readonly EncryptionContext?: Record<string, string>;
}

/** What both answer after the private key. */
export const dataKeyPairAnswer = {
  PublicKey,
  KeyId: KeyIdRef,
  KeyPairSpec: DataKeyPairSpec,
  KeyMaterialId: Type.Optional(KeyMaterialId),
};

/** What both say of the key. */
export const dataKeyPairRules = {
  usage: 'ENCRYPT_DECRYPT',
  only: 'symmetric',
  conditions: (input: DataKeyPairInput) => ({
    encryptionContext: input.EncryptionContext,
    members: {
      'kms:encryptionalgorithm': 'SYMMETRIC_DEFAULT',
      'kms:datakeypairspec': input.KeyPairSpec,
    },
  }),
  errors: ['UnsupportedOperationException'],
} as const;

/** Makes a data key pair. The plaintext is the caller's to answer with or to zero. */
export async function generateDataKeyPair(
  { input, key, deadline }: KeyCall<DataKeyPairInput>,
  { keyStores, cryptoPool, customKeyStoreLimits }: DataKeyPairPorts,
) {
  requireDataKeyMaker(key);
  if (key.customKeyStoreId !== undefined && customKeyStoreLimits === 'aws') {
    throw refuse.origin(key.arn, key.origin);
  }
  if (input.KeyPairSpec === 'SM2') {
    throw refuse.unsupported('SM2 key pairs are not supported in this Region.');
  }
  const seed = randomBytes(seedBytes(input.KeyPairSpec));
  const made = await cryptoPool.makeKeyPair(input.KeyPairSpec, seed);
  seed.fill(0);
  const { privateKey, publicKey } = exportPair(input.KeyPairSpec, made);
  const blob = await encryptSymmetric(
    key,
    keyStores.of(key),
    privateKey,
    input.EncryptionContext,
    deadline,
  );
  return {
    privateKey,
    answer: {
      PrivateKeyCiphertextBlob: blob,
      PublicKey: publicKey,
      KeyId: key.arn,
      KeyPairSpec: input.KeyPairSpec,
      ...materialIdOf(key, 'KeyMaterialId', undefined),
    },
  };
}
