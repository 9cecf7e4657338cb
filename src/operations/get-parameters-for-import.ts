import { Type } from 'typebox';
import { defineOperation } from '../api/operation.js';
import { refuse } from '../api/refusals.js';
import { Blob, KeyIdRef, Timestamp, WrappingAlgorithm, WrappingKeySpec } from '../api/shapes.js';
import { sealImportToken } from '../keys/import/import-token.js';
import { requireWrapping } from '../keys/import/wrapping.js';

const VALID_FOR_MS = 24 * 60 * 60 * 1000;

export const getParametersForImport = defineOperation({
  name: 'GetParametersForImport',
  summary: 'Gives the public key and the token with which key material is imported.',
  input: Type.Object({ KeyId: KeyIdRef, WrappingAlgorithm, WrappingKeySpec }),
  output: Type.Object({
    KeyId: KeyIdRef,
    ImportToken: Blob(1, 6144),
    PublicKey: Blob(1, 4096, { sensitive: true }),
    ParametersValidTo: Timestamp,
  }),
  route: { method: 'POST', path: '/keys/{KeyId}/import-parameters' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:GetParametersForImport',
        idForms: 'key',
        member: 'KeyId',
        state: 'importParameters',
        conditions: (input) => ({
          members: {
            'kms:wrappingalgorithm': input.WrappingAlgorithm,
            'kms:wrappingkeyspec': input.WrappingKeySpec,
          },
        }),
      },
    ],
    crossAccount: false,
    grants: false,
  },
  readOnly: true,
  errors: [
    'InvalidArnException',
    'UnsupportedOperationException',
    'DependencyTimeoutException',
    'NotFoundException',
    'KMSInternalException',
    'KMSInvalidStateException',
  ],
  audit: { request: ['KeyId', 'WrappingAlgorithm', 'WrappingKeySpec'], response: null },
  async run({ input, keys: { key }, deadline }, { cryptoPool, sealer, now }) {
    if (key.origin !== 'EXTERNAL') throw refuse.origin(key.arn, key.origin);
    const { WrappingAlgorithm: algorithm, WrappingKeySpec: wrappingKeySpec } = input;
    requireWrapping(key.keySpec, algorithm, wrappingKeySpec);
    if (wrappingKeySpec === 'SM2') throw new Error('SM2 passed as a wrapping key');
    const { privateKey, publicKey } = await cryptoPool.makeKeyPair(
      wrappingKeySpec,
      Buffer.alloc(0),
    );
    try {
      const validTo = now() + VALID_FOR_MS;
      const terms = { validTo, algorithm, wrappingKeySpec };
      return {
        KeyId: key.arn,
        ImportToken: await sealImportToken(key, terms, privateKey, sealer, deadline),
        PublicKey: publicKey,
        ParametersValidTo: new Date(validTo),
      };
    } finally {
      privateKey.fill(0);
    }
  },
});
