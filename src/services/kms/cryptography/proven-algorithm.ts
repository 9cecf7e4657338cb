/** What a key of a custom key store can do, beside what its spec can. */
import type { Algorithm } from '../../../crypto/algorithms.js';
import type { Deadline } from '../../../kernel/time.js';
import { able } from '../../../keystores/contract/abilities.js';
import type { KeyStore } from '../../../keystores/contract/key-store.js';
import type { Key } from '../keys/key.js';
import { refuse } from '../refusals.js';

type KeyWithProof = Pick<Key, 'keySpec' | 'keyUsage' | 'provenAlgorithms' | 'cloudHsmClusterId'>;

/**
 * A key has what its token had proven when the key was made: that decides, and no later probe.
 * @throws ServiceError UnsupportedOperationException
 */
export function requireProven(key: KeyWithProof, algorithm: Algorithm): void {
  const { keySpec, keyUsage, provenAlgorithms, cloudHsmClusterId } = key;
  if (provenAlgorithms === undefined || provenAlgorithms.includes(algorithm)) return;
  throw refuse.unsupported(
    `The token ${cloudHsmClusterId} cannot use this key with ${keySpec}:${keyUsage}:${algorithm}, which it had not proven when the key was made.`,
  );
}

/**
 * The same before what a token that lacks the algorithm would do wrongly without a word, or could not
 * undo: of a key without such a note (see older-token-keys.ts) the token itself is asked.
 * @throws ServiceError UnsupportedOperationException, or StoreError of the store
 */
export async function requireProvenNow(
  key: KeyWithProof,
  store: KeyStore,
  algorithm: Algorithm,
  deadline: Deadline,
): Promise<void> {
  requireProven(key, algorithm);
  if (key.provenAlgorithms === undefined && able(store, 'requireAlgorithm')) {
    await store.requireAlgorithm(key, algorithm, deadline);
  }
}
