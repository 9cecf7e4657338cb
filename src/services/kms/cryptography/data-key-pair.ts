/** What GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext share. */

import { type Static, Type } from 'typebox';
import { exportPair } from '../../../crypto/key-pairs.js';
import { type KeyPairs, ownRandom } from '../../../keystores/software/key-pairs.js';
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
  readonly keyPairs: KeyPairs;
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
  readonly DryRun?: boolean;
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
  quota: 'keyPair',
} as const;

/** Makes a data key pair. The plaintext is the caller's to answer with or to zero. */
export async function generateDataKeyPair(
  { input, key, scope, deadline }: KeyCall<DataKeyPairInput>,
  { keyStores, keyPairs, customKeyStoreLimits }: DataKeyPairPorts,
) {
  requireDataKeyMaker(key, 'data key pair');
  if (key.customKeyStoreId !== undefined && customKeyStoreLimits === 'aws') {
    throw refuse.origin(key.arn, key.origin);
  }
  const { KeyPairSpec, EncryptionContext: context, DryRun } = input;
  if (KeyPairSpec === 'SM2') {
    throw refuse.unsupported('SM2 key pairs are not supported in this Region.');
  }
  const { accountId } = scope;
  const order = { keySpec: KeyPairSpec, accountId, random: ownRandom, deadline };
  return keyPairs.use(order, async (pair) => {
    const { privateKey, publicKey } = exportPair(KeyPairSpec, pair);
    const blob = await encryptSymmetric(key, keyStores.of(key), privateKey, context, deadline);
    // The pair of a dry run is shown to nobody, so it is still good.
    if (DryRun) throw refuse.dryRun();
    return {
      privateKey,
      answer: {
        PrivateKeyCiphertextBlob: blob,
        PublicKey: publicKey,
        KeyId: key.arn,
        KeyPairSpec,
        ...materialIdOf(key, 'KeyMaterialId', undefined),
      },
    };
  });
}
