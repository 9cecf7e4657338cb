import type { KeyCall } from '../on-key.js';
import type { KeyStores } from '../stores/key-stores.js';
import type { Key } from './key.js';
import type { KeyChange } from './key-change.js';
import type { KeyRepository } from './key-repository.js';
import { checkState } from './states.js';

export interface ChangePorts {
  readonly keys: KeyRepository;
  readonly keyStores: KeyStores;
}

/**
 * Changes the key that a call is about, unless its state has come to refuse the operation.
 * @returns the key as it is now
 * @throws ServiceError what the state is refused with
 */
export function changeKey(
  { key, rule }: Pick<KeyCall, 'key' | 'rule'>,
  { keys, keyStores }: ChangePorts,
  change: (fresh: Key) => KeyChange,
): Promise<Key> {
  return keys.change(key, (fresh) => {
    checkState(rule, keyStores.stateOf(fresh), fresh.arn);
    return change(fresh);
  });
}
