import type { Operation } from '../../../declare/operation.js';
import { checkState } from '../keys/states.js';
import { refuse } from '../refusals.js';
import type { Services } from '../services.js';
import type { AuthorizedKey } from './authorize.js';

/**
 * Usage and state of every key, in AWS's order (shared reference, errors.md §8): is it the key of
 * the ciphertext, is its usage right, is its state.
 * @throws KmsError IncorrectKeyException, InvalidKeyUsageException, DisabledException or
 * KMSInvalidStateException.
 */
export function checkKeys(
  operation: Operation,
  authorized: readonly AuthorizedKey[],
  { keyStores }: Services,
): void {
  for (const { key, ciphertext } of authorized) {
    if (ciphertext && ciphertext.keyId !== key.keyId) throw refuse.incorrectKey();
  }
  for (const { need, key } of authorized) {
    if (need.usage !== undefined && need.usage !== key.keyUsage) {
      throw refuse.keyUsage(key.arn, key.keyUsage, operation.name);
    }
    checkState(need.state, keyStores.stateOf(key), key.arn);
  }
}
