import type { KeyCall } from '../on-key.js';
import type { KeyStores } from '../stores/key-stores.js';
import type { Key } from './key.js';
import type { Decide, KeyChange, RelatedChange } from './key-change.js';
import type { KeyRepository } from './key-repository.js';
import { checkState, type StateRule } from './states.js';

export interface ChangePorts {
  readonly keys: KeyRepository;
  readonly keyStores: KeyStores;
}

/** What of a call a change of its key needs. */
type ChangeCall = Pick<KeyCall, 'key' | 'rule'>;

/** Refuses a key whose state has come to refuse: for whatever gives a key something. */
export function stillAllows(
  rule: StateRule,
  { keyStores }: Pick<ChangePorts, 'keyStores'>,
): Decide {
  return (fresh) => checkState(rule, keyStores.stateOf(fresh), fresh.arn);
}

/**
 * Changes the key that a call is about, unless its state has come to refuse the operation.
 * @returns the key as it is now
 * @throws ServiceError what the state is refused with
 */
export function changeKey(
  { key, rule }: ChangeCall,
  { keys, keyStores }: ChangePorts,
  change: (fresh: Key) => KeyChange,
): Promise<Key> {
  const decide = stillAllows(rule, { keyStores });
  return keys.change(key, (fresh) => {
    decide(fresh);
    return change(fresh);
  });
}

/**
 * The same of the key with those that are related to it on this server, the key first.
 * @returns what was put
 * @throws ServiceError what the state is refused with
 */
export function changeRelated(
  { key, rule }: ChangeCall,
  { keys, keyStores }: ChangePorts,
  change: (related: readonly [Key, ...Key[]]) => RelatedChange,
): Promise<readonly Key[]> {
  const decide = stillAllows(rule, { keyStores });
  return keys.changeRelated(key, (related) => {
    decide(related[0]);
    return change(related);
  });
}
