import type { KmsCall } from '../call.js';
import { checkState } from '../keys/states.js';
import { refuse } from '../refusals.js';
import type { KeyStores } from '../stores/key-stores.js';

export interface CheckPorts {
  readonly keyStores: KeyStores;
}

/** Rules about the input alone. @throws ServiceError ValidationException */
export function precheck({ operation, input }: KmsCall): void {
  operation.access.precheck?.(input);
}

/** Lets a connected store that lacks a key's material look again: `checkKeys` then knows. */
export async function findMaterial(
  { authorized, deadline }: KmsCall,
  { keyStores }: CheckPorts,
): Promise<void> {
  for (const { key } of authorized) {
    const looking = keyStores.lookFor(key, deadline);
    if (looking) await looking;
  }
}

/**
 * Usage and state of every key, in AWS's order (shared reference, errors.md §8): is it the key of
 * the ciphertext, is its usage right, is its state.
 * @throws ServiceError IncorrectKeyException, InvalidKeyUsageException, DisabledException or
 * KMSInvalidStateException.
 */
export function checkKeys({ authorized, operation }: KmsCall, { keyStores }: CheckPorts): void {
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
