/** Data keys and random octets. Source: AWS KMS API Reference. */

import { Type } from 'typebox';
import { Blob } from '../../../declare/shape-kinds.js';
import type { RandomSource } from '../../../keystores/contract/abilities.js';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import {
  CiphertextBlob,
  CustomKeyStoreId,
  KeyIdRef,
  KeyMaterialId,
  NumberOfBytes,
  Plaintext,
  RecipientInfo,
} from '../shapes.js';
import type { CustomKeyStoreRepository } from '../stores/custom-key-store-repository.js';
import type { KeyStores } from '../stores/key-stores.js';
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
  async run(call, ports: { readonly keyStores: KeyStores }) {
    const { plaintext, answer } = await generate(call, ports);
    return { ...answer, Plaintext: plaintext };
  },
});

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
  async run(call, ports: { readonly keyStores: KeyStores }) {
    const { plaintext, answer } = await generate(call, ports);
    plaintext.fill(0);
    return answer;
  },
});

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
