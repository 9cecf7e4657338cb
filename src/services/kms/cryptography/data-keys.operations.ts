/** Data keys and random octets. Source: AWS KMS API Reference. */

import { Type } from 'typebox';
import { Blob } from '../../../declare/shape-kinds.js';
import type { RandomSource } from '../../../keystores/contract/abilities.js';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import {
  CiphertextBlob,
  CustomKeyStoreId,
  NumberOfBytes,
  Plaintext,
  RecipientInfo,
} from '../shapes.js';
import type { CustomKeyStoreRepository } from '../stores/custom-key-store-repository.js';
import type { KeyStores } from '../stores/key-stores.js';
import { refuseRecipient } from './ciphertext-members.js';
import { cryptographicOperation } from './cryptographic-operation.js';
import {
  dataKeyAnswer,
  dataKeyMembers,
  dataKeyRules,
  generateDataKey as generate,
} from './data-key.js';

export const generateDataKey = cryptographicOperation('GenerateDataKey', {
  ...dataKeyRules,
  summary: 'Makes a data key: its plaintext to use now, and its ciphertext to keep.',
  route: 'POST /keys/{KeyId}/generate-data-key',
  members: { ...dataKeyMembers, Recipient: Type.Optional(RecipientInfo) },
  output: Type.Object({ CiphertextBlob, Plaintext, ...dataKeyAnswer }),
  validate: refuseRecipient,
  async run(call, ports: { readonly keyStores: KeyStores }) {
    const { plaintext, answer } = await generate(call, ports);
    return { ...answer, Plaintext: plaintext };
  },
});

export const generateDataKeyWithoutPlaintext = cryptographicOperation(
  'GenerateDataKeyWithoutPlaintext',
  {
    ...dataKeyRules,
    summary: 'Makes a data key and answers its ciphertext only.',
    route: 'POST /keys/{KeyId}/generate-data-key-without-plaintext',
    members: dataKeyMembers,
    output: Type.Object({ CiphertextBlob, ...dataKeyAnswer }),
    async run(call, ports: { readonly keyStores: KeyStores }) {
      const { plaintext, answer } = await generate(call, ports);
      plaintext.fill(0);
      return answer;
    },
  },
);

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
  access: {
    keys: [],
    action: 'kms:GenerateRandom',
    crossAccount: false,
    grants: false,
    withoutCallerAccount: true,
  },
  readOnly: true,
  quota: 'symmetric',
  errors: [
    'DependencyTimeoutException',
    'KMSInternalException',
    'UnsupportedOperationException',
    'CustomKeyStoreNotFoundException',
    'CustomKeyStoreInvalidStateException',
  ],
  audit: { request: ['NumberOfBytes', 'CustomKeyStoreId'], response: null },
  async run(
    { input, scope, deadline },
    {
      customKeyStores,
      keyStores,
      random,
    }: {
      readonly customKeyStores: CustomKeyStoreRepository;
      readonly keyStores: KeyStores;
      readonly random: RandomSource;
    },
  ) {
    const length = input.NumberOfBytes ?? 0;
    if (input.CustomKeyStoreId === undefined) return { Plaintext: await random(length, deadline) };
    const store = await customKeyStores.get(scope, input.CustomKeyStoreId);
    return { Plaintext: await keyStores.ofCustomKeyStore(store).random(length, deadline) };
  },
});
