import type { Principal } from '../../../authz/model.js';
import type { AliasRepository } from '../aliases/alias-repository.js';
import type { Key } from '../keys/key.js';
import { isForeign, type KeyAudience, NO_KEY_ID, type SoughtKey } from '../keys/key-audience.js';
import type { KeyRepository } from '../keys/key-repository.js';
import { isAdmitted } from './admitted-callers.js';

export interface FindPorts {
  readonly keys: Pick<KeyRepository, 'find' | 'warm'>;
  readonly aliases: Pick<AliasRepository, 'target' | 'warmTarget'>;
  readonly keyAudience: Pick<KeyAudience, 'includes'>;
}

/**
 * A key, if the caller may know of it: see KeyAudience. Whoever may not waits for one statement of the
 * database, whether there is such a key, and whether it is in memory or not. A warm key is answered
 * without a promise to its own account, and to whom it has let use it.
 */
export function findKey(
  sought: SoughtKey,
  caller: Principal,
  ports: FindPorts,
): Key | undefined | Promise<Key | undefined> {
  const key = warm(sought, ports);
  if (key && isSought(key, sought) && isKnownTo(key, caller)) return key;
  return look(sought, caller, ports);
}

function warm(sought: SoughtKey, { keys, aliases }: FindPorts): Key | undefined {
  const keyId = 'aliasName' in sought ? aliases.warmTarget(sought, sought.aliasName) : sought.keyId;
  return keys.warm(sought.region, keyId ?? NO_KEY_ID);
}

async function look(
  sought: SoughtKey,
  caller: Principal,
  { keys, aliases, keyAudience }: FindPorts,
): Promise<Key | undefined> {
  const asksAudience = caller.type !== 'AWSService';
  if (asksAudience && !(await keyAudience.includes(sought, caller))) return undefined;
  const keyId =
    'aliasName' in sought ? await aliases.target(sought, sought.aliasName) : sought.keyId;
  const key = keyId === undefined ? undefined : await keys.find(sought.region, keyId);
  return key && isSought(key, sought) ? key : undefined;
}

function isSought(key: Key, { accountId }: SoughtKey): boolean {
  return accountId === undefined || key.accountId === accountId;
}

function isKnownTo(key: Key, caller: Principal): boolean {
  return !isForeign(key.accountId, caller) || isAdmitted(key, caller);
}
