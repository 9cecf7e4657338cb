import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import {
  CiphertextBlob,
  EncryptionAlgorithm,
  EncryptionContext,
  GrantTokens,
  KeyIdRef,
  Plaintext,
} from '../shapes.js';
import { encryptUnder } from './encryption.js';

export const encrypt = defineOperation({
  name: 'Encrypt',
  summary: 'Encrypts up to 4,096 bytes under a KMS key.',
  input: Type.Object({
    KeyId: KeyIdRef,
    Plaintext,
    EncryptionContext: Type.Optional(EncryptionContext),
    GrantTokens: Type.Optional(GrantTokens),
    EncryptionAlgorithm,
    DryRun: Type.Optional(Type.Boolean()),
  }),
  output: Type.Object({ CiphertextBlob, KeyId: KeyIdRef, EncryptionAlgorithm }),
  route: { method: 'POST', path: '/keys/{KeyId}/encrypt' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:Encrypt',
        idForms: 'any',
        member: 'KeyId',
        usage: 'ENCRYPT_DECRYPT',
        state: 'cryptography',
        conditions: (input) => ({
          encryptionContext: input.EncryptionContext,
          members: { 'kms:encryptionalgorithm': input.EncryptionAlgorithm },
        }),
      },
    ],
    crossAccount: true,
    grants: true,
  },
  readOnly: true,
  errors: [
    'NotFoundException',
    'DisabledException',
    'KeyUnavailableException',
    'DependencyTimeoutException',
    'InvalidKeyUsageException',
    'InvalidGrantTokenException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'DryRunOperationException',
  ],
  audit: {
    request: ['KeyId', 'EncryptionContext', 'EncryptionAlgorithm', 'DryRun'],
    response: null,
  },
  async run({ input, keys: { key }, deadline }, services) {
    const { EncryptionAlgorithm: algorithm, EncryptionContext: context } = input;
    const terms = { algorithm, context, deadline };
    return {
      CiphertextBlob: await encryptUnder(key, input.Plaintext, terms, services),
      KeyId: key.arn,
      EncryptionAlgorithm: algorithm,
    };
  },
});
