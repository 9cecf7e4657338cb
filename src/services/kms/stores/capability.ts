import type { KeyStore } from '../../../keystores/contract/key-store.js';
import type { Key } from '../keys/key.js';
import { refuse } from '../refusals.js';

type Capability = 'sign' | 'mac' | 'agree' | 'decryptOaep';

/**
 * The store, known to have an optional capability of the contract.
 * @throws ServiceError UnsupportedOperationException
 */
export function requireCapability<C extends Capability>(
  store: KeyStore,
  capability: C,
  key: Key,
  algorithm: string,
): KeyStore & Required<Pick<KeyStore, C>> {
  if (!store[capability]) {
    throw refuse.unsupported(`The key store of ${key.arn} cannot perform ${algorithm}.`);
  }
  return store as KeyStore & Required<Pick<KeyStore, C>>;
}
