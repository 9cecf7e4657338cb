/** Encrypt and Decrypt. Source: AWS KMS API Reference. */

import { Type } from 'typebox';
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
  decryptionErrors,
  refuseRecipient,
  requireBlob,
  symmetricBlob,
} from './ciphertext-members.js';
import { cryptographicOperation } from './cryptographic-operation.js';
import type { EncryptPorts } from './encryption.js';
import { decryptUnder, encryptUnder } from './encryption.js';
import { materialIdOf } from './material-id.js';

export const encrypt = cryptographicOperation('Encrypt', {
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
  usage: 'ENCRYPT_DECRYPT',
  conditions: (input) => ({
    encryptionContext: input.EncryptionContext,
    members: { 'kms:encryptionalgorithm': input.EncryptionAlgorithm },
  }),
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
  countsAsUse: true,
  quota: 'keys',
  errors: decryptionErrors,
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
