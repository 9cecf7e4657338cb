/** That both halves of a pair belong together, where nothing but using them tells. */
import { algorithmsOf, specRow } from '../../crypto/algorithms.js';
import { openPublicKey } from '../../crypto/open-keys.js';
import type { Deadline } from '../../kernel/time.js';
import type { Token } from '../../token-host/client/token.js';
import type {
  ArgumentsOf,
  KeyOf,
  ResultOf,
  WorkerCallName,
} from '../../token-host/protocol/token-calls.js';
import { TokenHostError } from '../../token-host/protocol/token-error.js';
import type { WrappedKey } from '../../token-host/protocol/wrapped-keys.js';
import type { MaterialSpec } from '../contract/materials.js';
import { trialOf } from './trials.js';

/**
 * Has a key that was just made sign, and verifies that by its public half. Of ML-DSA only: a modulus or
 * a point says by itself whether it is one, while any octets are a public key of ML-DSA.
 * @param key its CKA_ID, or all of it where it is kept wrapped
 * @param publicKey SubjectPublicKeyInfo in DER
 * @throws TokenHostError `unsafe-object` for halves of two pairs; TokenError as the token refuses to sign
 */
export async function requirePair(
  client: Token,
  key: string | WrappedKey,
  spec: MaterialSpec,
  publicKey: Buffer | undefined,
  deadline: Deadline,
): Promise<void> {
  const { keySpec } = spec;
  const [algorithm] = algorithmsOf(spec);
  if (specRow(keySpec).keyType !== 'ml-dsa' || algorithm === undefined) return;
  const wrong = await trialOf(
    spec,
    algorithm,
  )?.({
    call: <Name extends WorkerCallName>(
      name: Name,
      args: ArgumentsOf<Name>,
    ): Promise<ResultOf<Name>> => client.call(name, key as KeyOf<Name>, args, deadline),
    publicKey: publicKey && openPublicKey(keySpec, publicKey),
    secret: undefined,
  });
  if (wrong === undefined) return;
  throw new TokenHostError('unsafe-object', 'The token made a key whose halves are of two pairs');
}
