import { type Abilities, able } from '../../../keystores/contract/abilities.js';
import type { KeyStore } from '../../../keystores/contract/key-store.js';
import type { Key } from '../keys/key.js';
import { refuse } from '../refusals.js';

/**
 * The store, known to have an ability of the contract.
 * @throws ServiceError UnsupportedOperationException
 */
export function requireAbility<Ability extends keyof Abilities>(
  store: KeyStore,
  ability: Ability,
  key: Key,
  algorithm: string,
): KeyStore & Abilities[Ability] {
  if (able(store, ability)) return store;
  throw refuse.unsupported(`The key store of ${key.arn} cannot perform ${algorithm}.`);
}
