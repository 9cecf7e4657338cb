/** ReEncrypt. Source: AWS KMS API Reference. */

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
} from '../shapes.js';
import {
  checkCiphertextMembers,
  decryptionErrors,
  requireBlob,
  symmetricBlob,
} from './ciphertext-members.js';
import type { EncryptPorts } from './encryption.js';
import { checkTerms, decryptUnder, encryptUnder } from './encryption.js';
import { materialIdOf } from './material-id.js';

export const reEncrypt = defineOperation({
  name: 'ReEncrypt',
  summary:
    'Decrypts a ciphertext and encrypts it under another key, without showing its plaintext.',
  input: Type.Object({
    CiphertextBlob: Type.Optional(CiphertextBlob),
    SourceEncryptionContext: Type.Optional(EncryptionContext),
    SourceKeyId: Type.Optional(KeyIdRef),
    DestinationKeyId: KeyIdRef,
    DestinationEncryptionContext: Type.Optional(EncryptionContext),
    SourceEncryptionAlgorithm: EncryptionAlgorithm,
    DestinationEncryptionAlgorithm: EncryptionAlgorithm,
    GrantTokens: Type.Optional(GrantTokens),
    DryRun: Type.Optional(Type.Boolean()),
    DryRunModifiers: Type.Optional(DryRunModifiers),
  }),
  output: Type.Object({
    CiphertextBlob,
    SourceKeyId: KeyIdRef,
    KeyId: KeyIdRef,
    SourceEncryptionAlgorithm: EncryptionAlgorithm,
    DestinationEncryptionAlgorithm: EncryptionAlgorithm,
    SourceKeyMaterialId: Type.Optional(KeyMaterialId),
    DestinationKeyMaterialId: Type.Optional(KeyMaterialId),
  }),
  route: { method: 'POST', path: '/re-encrypt' },
  validate: (input) =>
    checkCiphertextMembers(input, { keyId: input.SourceKeyId, member: 'sourceKeyId' }),
  access: {
    keys: [
      {
        role: 'source',
        action: 'kms:ReEncryptFrom',
        idForms: 'any',
        member: 'SourceKeyId',
        blob: (input) => symmetricBlob(input, input.SourceEncryptionAlgorithm),
        usage: 'ENCRYPT_DECRYPT',
        sameSource: true,
        state: 'cryptography',
        conditions: (input, { sameKey }) => ({
          encryptionContext: input.SourceEncryptionContext,
          members: {
            'kms:encryptionalgorithm': input.SourceEncryptionAlgorithm,
            'kms:reencryptonsamekey': String(sameKey),
          },
        }),
      },
      {
        role: 'destination',
        action: 'kms:ReEncryptTo',
        idForms: 'any',
        member: 'DestinationKeyId',
        usage: 'ENCRYPT_DECRYPT',
        sameSource: true,
        state: 'cryptography',
        conditions: (input, { sameKey }) => ({
          encryptionContext: input.DestinationEncryptionContext,
          members: {
            'kms:encryptionalgorithm': input.DestinationEncryptionAlgorithm,
            'kms:reencryptonsamekey': String(sameKey),
          },
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
    request: [
      'SourceKeyId',
      'DestinationKeyId',
      'SourceEncryptionContext',
      'DestinationEncryptionContext',
      'SourceEncryptionAlgorithm',
      'DestinationEncryptionAlgorithm',
      'DryRun',
    ],
    response: null,
  },
  async run({ input, keys: { source, destination }, ciphertexts, deadline }, ports: EncryptPorts) {
    const from = {
      algorithm: input.SourceEncryptionAlgorithm,
      context: input.SourceEncryptionContext,
      deadline,
    };
    const to = {
      algorithm: input.DestinationEncryptionAlgorithm,
      context: input.DestinationEncryptionContext,
      deadline,
    };
    const blob = requireBlob(input);
    checkTerms(source, from);
    checkTerms(destination, to);
    const plaintext = await decryptUnder(source, blob, ciphertexts.source, from, ports);
    try {
      return {
        CiphertextBlob: await encryptUnder(destination, plaintext, to, ports),
        SourceKeyId: source.arn,
        KeyId: destination.arn,
        SourceEncryptionAlgorithm: from.algorithm,
        DestinationEncryptionAlgorithm: to.algorithm,
        ...materialIdOf(source, 'SourceKeyMaterialId', ciphertexts.source),
        ...materialIdOf(destination, 'DestinationKeyMaterialId', undefined),
      };
    } finally {
      plaintext.fill(0);
    }
  },
});
