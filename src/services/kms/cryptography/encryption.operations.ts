/** Encrypt and Decrypt. Source: AWS KMS API Reference. */

import { Type } from 'typebox';
import { onKey } from '../on-key.js';
import { defineOperation } from '../operation.js';
import {
  CiphertextBlob,
  DryRunModifiers,
  EncryptionAlgorithm,
  EncryptionContext,
  GrantTokens,
  KeyIdRef,
  KeyMaterialId,
  Plaintext,
  RecipientInfo,
} from '../shapes.js';
import {
  checkCiphertextMembers,
  refuseRecipient,
  requireBlob,
  symmetricBlob,
} from './ciphertext-members.js';
import type { EncryptPorts } from './encryption.js';
import { decryptUnder, encryptUnder } from './encryption.js';
import { materialIdOf } from './material-id.js';

export const encrypt = onKey('Encrypt', {
  summary: 'Encrypts up to 4,096 bytes under a KMS key.',
  route: 'POST /keys/{KeyId}/encrypt',
  members: {
    Plaintext,
    EncryptionContext: Type.Optional(EncryptionContext),
    GrantTokens: Type.Optional(GrantTokens),
    EncryptionAlgorithm,
    DryRun: Type.Optional(Type.Boolean()),
  },
  output: Type.Object({ CiphertextBlob, KeyId: KeyIdRef, EncryptionAlgorithm }),
  state: 'cryptography',
  usage: 'ENCRYPT_DECRYPT',
  keyIds: 'any',
  conditions: (input) => ({
    encryptionContext: input.EncryptionContext,
    members: { 'kms:encryptionalgorithm': input.EncryptionAlgorithm },
  }),
  crossAccount: true,
  grants: true,
  readOnly: true,
  without: ['InvalidArnException'],
  async run({ input, key, deadline }, ports: EncryptPorts) {
    const { EncryptionAlgorithm: algorithm, EncryptionContext: context } = input;
    const terms = { algorithm, context, deadline };
    return {
      CiphertextBlob: await encryptUnder(key, input.Plaintext, terms, ports),
      KeyId: key.arn,
      EncryptionAlgorithm: algorithm,
    };
  },
});

export const decrypt = defineOperation({
  name: 'Decrypt',
  summary: 'Decrypts a ciphertext that Encrypt, ReEncrypt or a GenerateDataKey operation made.',
  input: Type.Object({
    CiphertextBlob: Type.Optional(CiphertextBlob),
    EncryptionContext: Type.Optional(EncryptionContext),
    GrantTokens: Type.Optional(GrantTokens),
    KeyId: Type.Optional(KeyIdRef),
    EncryptionAlgorithm,
    Recipient: Type.Optional(RecipientInfo),
    DryRun: Type.Optional(Type.Boolean()),
    DryRunModifiers: Type.Optional(DryRunModifiers),
  }),
  output: Type.Object({
    KeyId: KeyIdRef,
    Plaintext,
    EncryptionAlgorithm,
    KeyMaterialId: Type.Optional(KeyMaterialId),
  }),
  route: { method: 'POST', path: '/decrypt' },
  validate: (input) => {
    checkCiphertextMembers(input, { keyId: input.KeyId, member: 'keyId' });
    refuseRecipient(input);
  },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:Decrypt',
        idForms: 'any',
        member: 'KeyId',
        blob: (input) => symmetricBlob(input, input.EncryptionAlgorithm),
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
    'InvalidCiphertextException',
    'KeyUnavailableException',
    'IncorrectKeyException',
    'InvalidKeyUsageException',
    'DependencyTimeoutException',
    'InvalidGrantTokenException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'DryRunOperationException',
  ],
  audit: {
    request: ['KeyId', 'EncryptionContext', 'EncryptionAlgorithm', 'DryRun'],
    response: null,
  },
  async run({ input, keys: { key }, ciphertexts, deadline }, ports: EncryptPorts) {
    const { EncryptionAlgorithm: algorithm, EncryptionContext: context } = input;
    const blob = requireBlob(input);
    const terms = { algorithm, context, deadline };
    return {
      KeyId: key.arn,
      Plaintext: await decryptUnder(key, blob, ciphertexts.key, terms, ports),
      EncryptionAlgorithm: algorithm,
      ...materialIdOf(key, 'KeyMaterialId', ciphertexts.key),
    };
  },
});
