/** What is needed to import. Source: AWS KMS API Reference, GetParametersForImport. */

import { Type } from 'typebox';
import { oaepHashes, specRow } from '../../../crypto/algorithms.js';
import { Blob, Timestamp } from '../../../declare/shape-kinds.js';
import type { Sealer } from '../../../kernel/sealing.js';
import type { CalendarClock, Deadline } from '../../../kernel/time.js';
import { DAY_MS } from '../../../kernel/time.js';
import type { CryptoPool } from '../../../keystores/software/crypto-pool.js';
import type { Key } from '../keys/key.js';
import { onKey } from '../on-key.js';
import { refuse } from '../refusals.js';
import { KeyIdRef, WrappingAlgorithm, WrappingKeySpec } from '../shapes.js';
import type { KeyStores } from '../stores/key-stores.js';
import { sealImportToken } from './import-token.js';
import { requireWrapping } from './wrapping.js';

const VALID_FOR_MS = DAY_MS;

interface ParametersPorts {
  readonly cryptoPool: CryptoPool;
  readonly keyStores: KeyStores;
  readonly sealer: Sealer;
  readonly calendar: CalendarClock;
}

export const getParametersForImport = onKey('GetParametersForImport', {
  summary: 'Gives the public key and the token with which key material is imported.',
  route: 'POST /keys/{KeyId}/import-parameters',
  members: { WrappingAlgorithm, WrappingKeySpec },
  output: Type.Object({
    KeyId: KeyIdRef,
    ImportToken: Blob(1, 6144),
    PublicKey: Blob(1, 4096, { sensitive: true }),
    ParametersValidTo: Timestamp,
  }),
  state: 'importParameters',
  conditions: (input) => ({
    members: {
      'kms:wrappingalgorithm': input.WrappingAlgorithm,
      'kms:wrappingkeyspec': input.WrappingKeySpec,
    },
  }),
  readOnly: true,
  errors: ['UnsupportedOperationException'],
  async run({ input, key, deadline }, ports: ParametersPorts) {
    if (key.origin !== 'EXTERNAL') throw refuse.origin(key.arn, key.origin);
    const { WrappingAlgorithm: algorithm, WrappingKeySpec: wrappingKeySpec } = input;
    const validTo = ports.calendar() + VALID_FOR_MS;
    const { secret, publicKey } = await wrappingPair(
      key,
      algorithm,
      wrappingKeySpec,
      deadline,
      ports,
    );
    try {
      const terms = { validTo, algorithm, wrappingKeySpec };
      return {
        KeyId: key.arn,
        ImportToken: await sealImportToken(key, terms, secret, ports.sealer, deadline),
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
  { cryptoPool, keyStores }: Pick<ParametersPorts, 'cryptoPool' | 'keyStores'>,
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
