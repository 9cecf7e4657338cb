import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { CiphertextBlob, KeyIdRef, KeyMaterialId, Plaintext, RecipientInfo } from '../shapes.js';
import { refuseRecipient } from './ciphertext-members.js';
import { dataKeyAccess, dataKeyMembers, generateDataKey as generate } from './data-key.js';

export const generateDataKey = defineOperation({
  name: 'GenerateDataKey',
  summary: 'Makes a data key: its plaintext to use now, and its ciphertext to keep.',
  input: Type.Object({ ...dataKeyMembers, Recipient: Type.Optional(RecipientInfo) }),
  output: Type.Object({
    CiphertextBlob,
    Plaintext,
    KeyId: KeyIdRef,
    KeyMaterialId: Type.Optional(KeyMaterialId),
  }),
  route: { method: 'POST', path: '/keys/{KeyId}/generate-data-key' },
  validate: refuseRecipient,
  access: dataKeyAccess('kms:GenerateDataKey'),
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
    const { plaintext, answer } = await generate(call, services);
    return { ...answer, Plaintext: plaintext };
  },
});
