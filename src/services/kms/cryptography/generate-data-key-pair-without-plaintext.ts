import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { CiphertextBlob, DataKeyPairSpec, KeyIdRef, KeyMaterialId, PublicKey } from '../shapes.js';
import { dataKeyPairAccess, dataKeyPairMembers, generateDataKeyPair } from './data-key-pair.js';

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
  async run(call, services) {
    const { privateKey, answer } = await generateDataKeyPair(call, services);
    privateKey.fill(0);
    return answer;
  },
});
