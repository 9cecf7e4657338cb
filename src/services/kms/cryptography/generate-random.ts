import { Type } from 'typebox';
import { Blob } from '../../../declare/shape-kinds.js';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import { CustomKeyStoreId, NumberOfBytes, RecipientInfo } from '../shapes.js';
import { refuseRecipient } from './ciphertext-members.js';

export const generateRandom = defineOperation({
  name: 'GenerateRandom',
  summary: 'Answers random bytes from the root token, or from the token of a custom key store.',
  input: Type.Object({
    NumberOfBytes: Type.Optional(NumberOfBytes),
    CustomKeyStoreId: Type.Optional(CustomKeyStoreId),
    Recipient: Type.Optional(RecipientInfo),
  }),
  output: Type.Object({ Plaintext: Blob(1, 4096, { sensitive: true }) }),
  route: { method: 'POST', path: '/generate-random' },
  validate: (input) => {
    if (input.NumberOfBytes === undefined) throw refuse.validation('NumberOfBytes is required.');
    refuseRecipient(input);
  },
  access: { keys: [], action: 'kms:GenerateRandom', crossAccount: false, grants: false },
  readOnly: true,
  errors: [
    'DependencyTimeoutException',
    'KMSInternalException',
    'UnsupportedOperationException',
    'CustomKeyStoreNotFoundException',
    'CustomKeyStoreInvalidStateException',
  ],
  audit: { request: ['NumberOfBytes', 'CustomKeyStoreId'], response: null },
  async run({ input, scope, deadline }, { customKeyStores, keyStores, random }) {
    const length = input.NumberOfBytes ?? 0;
    if (input.CustomKeyStoreId === undefined) return { Plaintext: await random(length, deadline) };
    const store = await customKeyStores.get(scope, input.CustomKeyStoreId);
    return { Plaintext: await keyStores.ofCustomKeyStore(store).random(length, deadline) };
  },
});
