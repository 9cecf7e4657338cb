/** What is needed to import. Source: AWS KMS API Reference, GetParametersForImport. */

import { Type } from 'typebox';
import { oaepHashes, specRow } from '../../../crypto/algorithms.js';
import { Blob, Timestamp } from '../../../declare/shape-kinds.js';
import type { Sealer } from '../../../kernel/sealing.js';
import type { CalendarClock, Deadline } from '../../../kernel/time.js';
import { DAY_MS } from '../../../kernel/time.js';
import { type KeyPairs, ownRandom } from '../../../keystores/software/key-pairs.js';
import type { Key } from '../keys/key.js';
import { onKey } from '../on-key.js';
import { refuse } from '../refusals.js';
import { KeyIdRef, WrappingAlgorithm, WrappingKeySpec } from '../shapes.js';
import type { KeyStores } from '../stores/key-stores.js';
import { sealImportToken } from './import-token.js';
import { requireWrapping } from './wrapping.js';

const VALID_FOR_MS = DAY_MS;

interface ParametersPorts {
  readonly keyPairs: KeyPairs;
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
  async run({ input, key, scope, deadline }, ports: ParametersPorts) {
    if (key.origin !== 'EXTERNAL') throw refuse.origin(key.arn, key.origin);
    const { WrappingAlgorithm: algorithm, WrappingKeySpec: wrappingKeySpec } = input;
    const validTo = ports.calendar() + VALID_FOR_MS;
    const terms = { validTo, algorithm, wrappingKeySpec };
    return withWrappingPair(
      { key, accountId: scope.accountId, ...terms, deadline },
      async (secret, publicKey) => ({
        KeyId: key.arn,
        ImportToken: await sealImportToken(key, terms, secret, ports.sealer, deadline),
        PublicKey: publicKey,
        ParametersValidTo: new Date(validTo),
      }),
      ports,
    );
  },
});

interface WrappingOrder {
  readonly key: Key;
  /** Whose call it is. */
  readonly accountId: string;
  readonly algorithm: WrappingAlgorithm;
  readonly wrappingKeySpec: WrappingKeySpec;
  readonly deadline: Deadline;
}

/**
 * Makes a new pair, in the token for a key of a custom key store. `answer` gets what the import token
 * hides and the public key.
 */
async function withWrappingPair<Answer>(
  { key, accountId, algorithm, wrappingKeySpec, deadline }: WrappingOrder,
  answer: (secret: Buffer, publicKey: Buffer) => Promise<Answer>,
  { keyPairs, keyStores }: Pick<ParametersPorts, 'keyPairs' | 'keyStores'>,
): Promise<Answer> {
  const { oaep } = requireWrapping(key.keySpec, algorithm, wrappingKeySpec);
  if (wrappingKeySpec === 'SM2') throw new Error('SM2 passed as a wrapping key');
  const inToken = keyStores.tokenMaterialsOf(key);
  if (inToken) {
    const terms = { modulusBytes: specRow(wrappingKeySpec).bytes, hash: oaepHashes[oaep].hash };
    const { ckaId, publicKey } = await inToken.makeWrappingPair(key, key, terms, deadline);
    return answer(Buffer.from(ckaId, 'ascii'), publicKey);
  }
  const order = { keySpec: wrappingKeySpec, accountId, random: ownRandom, deadline };
  return keyPairs.use(order, async ({ privateKey, publicKey }) => {
    const answered = await answer(privateKey, publicKey);
    privateKey.fill(0);
    return answered;
  });
}
