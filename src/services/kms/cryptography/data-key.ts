/** What GenerateDataKey and GenerateDataKeyWithoutPlaintext share. */

import { randomBytes } from 'node:crypto';
import { Type } from 'typebox';
import { kmsError } from '../errors.js';
import type { Key } from '../keys/key.js';
import type { KeyCall } from '../on-key.js';
import { refuse } from '../refusals.js';
import {
  DataKeySpec,
  EncryptionContext,
  GrantTokens,
  KeyIdRef,
  KeyMaterialId,
  NumberOfBytes,
} from '../shapes.js';
import type { KeyStores } from '../stores/key-stores.js';
import { materialIdOf } from './material-id.js';
import { encryptSymmetric } from './symmetric.js';

const SPEC_BYTES = { AES_128: 16, AES_256: 32 } as const;

/** The members of both inputs beside KeyId. */
export const dataKeyMembers = {
  EncryptionContext: Type.Optional(EncryptionContext),
  NumberOfBytes: Type.Optional(NumberOfBytes),
  KeySpec: Type.Optional(DataKeySpec),
  GrantTokens: Type.Optional(GrantTokens),
  DryRun: Type.Optional(Type.Boolean()),
};

/** What both answer after the data key. */
export const dataKeyAnswer = {
  KeyId: KeyIdRef,
  KeyMaterialId: Type.Optional(KeyMaterialId),
};

interface DataKeyInput {
  readonly EncryptionContext?: Record<string, string>;
  readonly NumberOfBytes?: number;
  readonly KeySpec?: keyof typeof SPEC_BYTES;
}

/** What both say of the key. */
export const dataKeyRules = {
  usage: 'ENCRYPT_DECRYPT',
  only: 'symmetric',
  // The algorithm under which the data key is encrypted: a KMS key here is always symmetric.
  conditions: (input: DataKeyInput) => ({
    encryptionContext: input.EncryptionContext,
    members: { 'kms:encryptionalgorithm': 'SYMMETRIC_DEFAULT' },
  }),
  precheck: (input: DataKeyInput) => {
    if ((input.NumberOfBytes === undefined) === (input.KeySpec === undefined)) {
      throw refuse.validation('Please specify either number of bytes or key spec.');
    }
  },
} as const;

/** @throws ServiceError InvalidKeyUsageException for an asymmetric key that may encrypt. */
export function requireDataKeyMaker(key: Key, what: 'data key' | 'data key pair'): void {
  if (key.keySpec !== 'SYMMETRIC_DEFAULT') {
    throw kmsError(
      'InvalidKeyUsageException',
      `You cannot generate a ${what} with an asymmetric CMK`,
    );
  }
}

/** Makes a data key. The plaintext is the caller's to answer with or to zero. */
export async function generateDataKey(
  { input, key, deadline }: KeyCall<DataKeyInput>,
  { keyStores }: { readonly keyStores: KeyStores },
) {
  requireDataKeyMaker(key, 'data key');
  const length = input.KeySpec ? SPEC_BYTES[input.KeySpec] : (input.NumberOfBytes ?? 0);
  const plaintext = randomBytes(length);
  const blob = await encryptSymmetric(
    key,
    keyStores.of(key),
    plaintext,
    input.EncryptionContext,
    deadline,
  );
  return {
    plaintext,
    answer: {
      CiphertextBlob: blob,
      KeyId: key.arn,
      ...materialIdOf(key, 'KeyMaterialId', undefined),
    },
  };
}
