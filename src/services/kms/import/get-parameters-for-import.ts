import { Type } from 'typebox';
import { oaepHashes, specRow } from '../../../crypto/algorithms.js';
import { Blob, Timestamp } from '../../../declare/shape-kinds.js';
import type { Deadline } from '../../../kernel/time.js';

import type { Key } from '../keys/key.js';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import type { Services } from '../services.js';
import { KeyIdRef, WrappingAlgorithm, WrappingKeySpec } from '../shapes.js';
import { sealImportToken } from './import-token.js';
import { requireWrapping } from './wrapping.js';

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
  async run({ input, keys: { key }, deadline }, services) {
    if (key.origin !== 'EXTERNAL') throw refuse.origin(key.arn, key.origin);
    const { WrappingAlgorithm: algorithm, WrappingKeySpec: wrappingKeySpec } = input;
    const validTo = services.now() + VALID_FOR_MS;
    const { secret, publicKey } = await wrappingPair(
      key,
      algorithm,
      wrappingKeySpec,
      deadline,
      services,
    );
    try {
      const terms = { validTo, algorithm, wrappingKeySpec };
      return {
        KeyId: key.arn,
        ImportToken: await sealImportToken(key, terms, secret, services.sealer, deadline),
        PublicKey: publicKey,
        ParametersValidTo: new Date(validTo),
      };
    } finally {
      secret.fill(0);
    }
  },
});

/** A new pair, in the token for a key of a custom key store; `secret` is what the import token hides. */
async function wrappingPair(
  key: Key,
  algorithm: WrappingAlgorithm,
  wrappingKeySpec: WrappingKeySpec,
  deadline: Deadline,
  { cryptoPool, keyStores }: Services,
): Promise<{ readonly secret: Buffer; readonly publicKey: Buffer }> {
  const { oaep } = requireWrapping(key.keySpec, algorithm, wrappingKeySpec);
  if (wrappingKeySpec === 'SM2') throw new Error('SM2 passed as a wrapping key');
  const inToken = keyStores.tokenMaterialsOf(key);
  if (!inToken) {
    const made = await cryptoPool.makeKeyPair(wrappingKeySpec, Buffer.alloc(0));
    return { secret: made.privateKey, publicKey: made.publicKey };
  }
  const terms = { modulusBytes: specRow(wrappingKeySpec).bytes, hash: oaepHashes[oaep].hash };
  const { ckaId, publicKey } = await inToken.makeWrappingPair(key, key, terms, deadline);
  return { secret: Buffer.from(ckaId, 'ascii'), publicKey };
}
