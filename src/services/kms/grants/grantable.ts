/** Which operations a grant may be for, and on which keys: what their declarations say. */

import { isAsymmetric, type Keyed } from '../../../crypto/algorithms.js';
import type { KmsOperation } from '../operation.js';

/** Whether a grant on the key may be for the operation, by the name that grants have for it. */
export type Grantable = (operation: string, key: Keyed) => boolean;

/** @param operations every operation of the service */
export function grantableOf(operations: Iterable<KmsOperation>): Grantable {
  const needs = grantedNeeds(operations);
  return (operation, key) => {
    const need = needs.get(operation);
    if (!need || (need.usage !== undefined && need.usage !== key.keyUsage)) return false;
    return need.only === undefined || (need.only === 'asymmetric') === isAsymmetric(key.keySpec);
  };
}

/** What the operations that a grant may be for need of a key, by the names that grants have for them. */
export function grantedNeeds(operations: Iterable<KmsOperation>) {
  return new Map(
    [...operations]
      .filter(({ access }) => access.grants)
      .flatMap(({ access }) => access.keys)
      .map((need) => [need.action.slice('kms:'.length), need] as const),
  );
}
