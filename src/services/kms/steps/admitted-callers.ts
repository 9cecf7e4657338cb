import type { Principal } from '../../../authz/model.js';
import type { Key } from '../keys/key.js';

/** Of one key; beyond it all are forgotten, and asked about again when they come. */
const MAX_CALLERS = 1000;

/** By key, the unique ids of other accounts' callers who were let use it since it is in memory. */
const admitted = new WeakMap<Key, Set<string>>();

/** Remembers that another account's caller has been allowed something with a key. */
export function admit(key: Key, { uniqueId }: Principal): void {
  const known = admitted.get(key);
  if (!known) admitted.set(key, new Set([uniqueId]));
  else if (!known.has(uniqueId)) {
    if (known.size >= MAX_CALLERS) known.clear();
    known.add(uniqueId);
  }
}

/**
 * Whether a caller has been. It gives no right: it saves the question whether the caller may know of
 * the key.
 */
export function isAdmitted(key: Key, { uniqueId }: Principal): boolean {
  return admitted.get(key)?.has(uniqueId) ?? false;
}
