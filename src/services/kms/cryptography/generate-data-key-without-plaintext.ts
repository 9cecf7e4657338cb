import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { CiphertextBlob, KeyIdRef, KeyMaterialId } from '../shapes.js';
import { dataKeyAccess, dataKeyMembers, generateDataKey } from './data-key.js';

export const generateDataKeyWithoutPlaintext = defineOperation({
  name: 'GenerateDataKeyWithoutPlaintext',
  summary: 'Makes a data key and answers its ciphertext only.',
  input: Type.Object(dataKeyMembers),
  output: Type.Object({
    CiphertextBlob,
    KeyId: KeyIdRef,
    KeyMaterialId: Type.Optional(KeyMaterialId),
  }),
  route: { method: 'POST', path: '/keys/{KeyId}/generate-data-key-without-plaintext' },
  access: dataKeyAccess('kms:GenerateDataKeyWithoutPlaintext'),
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
    request: ['KeyId', 'EncryptionContext', 'NumberOfBytes', 'KeySpec', 'DryRun'],
    response: null,
  },
  async run(call, services) {
    const { plaintext, answer } = await generateDataKey(call, services);
    plaintext.fill(0);
    return answer;
  },
});
