/** Data key pairs. Source: AWS KMS API Reference. */

import { Type } from 'typebox';
import { Blob } from '../../../declare/shape-kinds.js';
import { defineOperation } from '../operation.js';
import {
  CiphertextBlob,
  DataKeyPairSpec,
  KeyIdRef,
  KeyMaterialId,
  PublicKey,
  RecipientInfo,
} from '../shapes.js';
import { refuseRecipient } from './ciphertext-members.js';
import type { DataKeyPairPorts } from './data-key-pair.js';
import {
  dataKeyPairAccess,
  dataKeyPairMembers,
  generateDataKeyPair as generate,
} from './data-key-pair.js';

export const generateDataKeyPair = defineOperation({
  name: 'GenerateDataKeyPair',
  summary:
    'Makes a key pair for use outside: in the clear to use now, its private key encrypted to keep.',
  input: Type.Object({ ...dataKeyPairMembers, Recipient: Type.Optional(RecipientInfo) }),
  output: Type.Object({
    PrivateKeyCiphertextBlob: CiphertextBlob,
    PrivateKeyPlaintext: Blob(1, 4096, { sensitive: true }),
    PublicKey,
    KeyId: KeyIdRef,
    KeyPairSpec: DataKeyPairSpec,
    KeyMaterialId: Type.Optional(KeyMaterialId),
  }),
  route: { method: 'POST', path: '/keys/{KeyId}/generate-data-key-pair' },
  validate: refuseRecipient,
  access: dataKeyPairAccess('kms:GenerateDataKeyPair'),
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
    'UnsupportedOperationException',
    'DryRunOperationException',
  ],
  audit: { request: ['KeyId', 'EncryptionContext', 'KeyPairSpec', 'DryRun'], response: null },
  async run(call, ports: DataKeyPairPorts) {
    const { privateKey, answer } = await generate(call, ports);
    return { ...answer, PrivateKeyPlaintext: privateKey };
  },
});

export const generateDataKeyPairWithoutPlaintext = defineOperation({
  name: 'GenerateDataKeyPairWithoutPlaintext',
  summary: 'Makes a key pair for use outside and answers its private key encrypted only.',
  input: Type.Object(dataKeyPairMembers),
  output: Type.Object({
    PrivateKeyCiphertextBlob: CiphertextBlob,
    PublicKey,
    KeyId: KeyIdRef,
    KeyPairSpec: DataKeyPairSpec,
    KeyMaterialId: Type.Optional(KeyMaterialId),
  }),
  route: { method: 'POST', path: '/keys/{KeyId}/generate-data-key-pair-without-plaintext' },
  access: dataKeyPairAccess('kms:GenerateDataKeyPairWithoutPlaintext'),
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
    'UnsupportedOperationException',
    'DryRunOperationException',
  ],
  audit: { request: ['KeyId', 'EncryptionContext', 'KeyPairSpec', 'DryRun'], response: null },
  async run(call, ports: DataKeyPairPorts) {
    const { privateKey, answer } = await generate(call, ports);
    privateKey.fill(0);
    return answer;
  },
});
