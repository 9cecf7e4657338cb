import type { Scope } from '../../../kernel/scope.js';

import type { KmsCall, ResolvedKey } from '../call.js';
import { parseCiphertext } from '../cryptography/ciphertext.js';
import { aliasArn, keyArn, parseKeyRef } from '../keys/key-id.js';
import type { KeyRepository } from '../keys/key-repository.js';
import {
  isManagedAlias,
  type ManagedKeyPorts,
  plannedManagedKey,
} from '../managed/managed-keys.js';
import type { KeyNeed } from '../operation.js';
import { refuse } from '../refusals.js';

export type ResolvePorts = ManagedKeyPorts & { readonly keys: KeyRepository };

/**
 * Finds every key that the operation's declaration asks for. A key that doesn't exist is reported
 * by the authorization step, which knows what the caller may learn.
 * @throws ServiceError for malformed identifiers and ciphertexts.
 */
export async function resolveKeys(call: KmsCall, ports: ResolvePorts): Promise<void> {
  const resolved: ResolvedKey[] = [];
  for (const need of call.operation.access.keys) {
    const found = await resolveKey(need, call, ports);
    if (found) resolved.push(found);
  }
  call.resolved = resolved;
}

const NO_KEY_ID = '00000000-0000-0000-0000-000000000000';

async function resolveKey(
  need: KeyNeed<Record<string, unknown>>,
  { input, scope }: KmsCall,
  ports: ResolvePorts,
): Promise<ResolvedKey | undefined> {
  const name = need.named ? need.named(input, scope) : input[need.member];
  const blob = need.blob?.(input);
  if (typeof name === 'string') {
    const named = await findNamed(name, need, scope, ports);
    return { need, foundBy: 'name', blob, ciphertext: undefined, ...named };
  }
  if (blob) {
    const ciphertext = parseCiphertext(blob);
    const { region, accountId } = scope;
    const key = await ports.keys.find(region, ciphertext.keyId);
    const absence = refuse.unknownCiphertextKey();
    const { keyId } = ciphertext;
    const aliasName = undefined;
    return {
      need,
      key,
      blob,
      ciphertext,
      foundBy: 'ciphertext',
      planned: false,
      accountId,
      absence,
      aliasName,
      keyId,
    };
  }
  if (need.optional) return undefined;
  const member = need.member.charAt(0).toLowerCase() + need.member.slice(1);
  throw refuse.missingMember(member);
}

async function findNamed(
  name: string,
  need: KeyNeed<Record<string, unknown>>,
  scope: Scope,
  ports: ResolvePorts,
): Promise<Pick<ResolvedKey, 'key' | 'planned' | 'accountId' | 'absence' | 'aliasName' | 'keyId'>> {
  const { keys, aliases } = ports;
  const ref = parseKeyRef(name, scope, need.idForms);
  const { accountId } = ref;
  // How long the answer takes mustn't show whether another account has such a key.
  const foreign = accountId !== scope.accountId;
  const owner = { ...scope, accountId };
  // A warm key and a warm alias are answered without a promise: no turn of the event loop.
  let keyId: string | undefined;
  const aliasName = ref.kind === 'alias' ? ref.aliasName : undefined;
  if (ref.kind === 'key') {
    keyId = ref.keyId;
  } else {
    const target = aliases.target(owner, ref.aliasName, foreign);
    keyId = target instanceof Promise ? await target : target;
    if (keyId === undefined && !foreign && isManagedAlias(ref.aliasName)) {
      const key = plannedManagedKey(owner, ref.aliasName, ports);
      const { keyId } = key;
      return { key, planned: true, accountId, absence: undefined, aliasName, keyId };
    }
    if (keyId === undefined) {
      // Looks for a key all the same: an alias that exists would cost that look, too.
      await keys.find(scope.region, NO_KEY_ID, foreign);
      const absence = refuse.aliasNotFound(aliasArn(owner, ref.aliasName));
      return { key: undefined, planned: false, accountId, absence, aliasName, keyId };
    }
  }
  const found = keys.find(scope.region, keyId, foreign);
  const key = found instanceof Promise ? await found : found;
  if (key?.accountId === accountId) {
    return { key, planned: false, accountId, absence: undefined, aliasName, keyId };
  }
  const absence = refuse.keyNotFound(keyArn(owner, keyId));
  return { key: undefined, planned: false, accountId, absence, aliasName, keyId };
}

/**
 * Takes the ciphertexts of named keys apart. Not before the caller is authorized: a damaged one must
 * not show whether the key exists.
 * @throws ServiceError InvalidCiphertextException
 */
export function readCiphertexts(call: KmsCall): void {
  if (!call.authorized.some(({ blob, ciphertext }) => blob && !ciphertext)) return;
  call.authorized = call.authorized.map((entry) =>
    entry.blob && !entry.ciphertext ? { ...entry, ciphertext: parseCiphertext(entry.blob) } : entry,
  );
}
