import type { KmsCall, ResolvedKey } from '../call.js';
import { keyIdInCiphertext, parseCiphertext } from '../cryptography/ciphertext.js';
import { isForeign } from '../keys/key-audience.js';
import { aliasArn, keyArn, keyIdOfRelated, parseKeyRef } from '../keys/key-id.js';
import {
  isManagedAlias,
  type ManagedKeyPorts,
  plannedManagedKey,
} from '../managed/managed-keys.js';
import type { KeyNeed } from '../operation.js';
import { refuse } from '../refusals.js';
import { type FindPorts, findKey } from './find-key.js';

export type ResolvePorts = ManagedKeyPorts & FindPorts;

type Need = KeyNeed<Record<string, unknown>>;

/**
 * Finds every key that the operation's declaration asks for and the caller may know of. What isn't
 * found is reported by the authorization step, which knows what the caller may learn.
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

async function resolveKey(
  need: Need,
  call: KmsCall,
  ports: ResolvePorts,
): Promise<ResolvedKey | undefined> {
  const { input, scope, caller } = call;
  const name = need.named ? need.named(input, scope) : input[need.member];
  const blob = need.blob?.(input);
  if (typeof name === 'string') {
    if (blob) refuseElsewhere(name, blob, call);
    const named = await findNamed(name, need, call, ports);
    return { need, foundBy: 'name', blob, ciphertext: undefined, ...named };
  }
  if (blob) {
    const ciphertext = parseCiphertext(blob);
    const { region, accountId } = scope;
    const { keyId } = ciphertext;
    const found = findKey({ region, accountId: undefined, keyId }, caller, ports);
    const key = found instanceof Promise ? await found : found;
    const unnamed = { planned: false, absence: undefined, aliasName: undefined };
    return { need, key, blob, ciphertext, foundBy: 'ciphertext', accountId, keyId, ...unnamed };
  }
  if (need.optional) return undefined;
  // An asymmetric ciphertext doesn't say its key: recorded-kms.md, "RSA, ECC, Ed25519".
  throw refuse.validation(`${need.member} must not be null`);
}

/**
 * The very key of the ciphertext, but as another Region has it, isn't the one to decrypt with. Nothing is
 * told by that: the ciphertext says its key to whoever has it.
 * @throws ServiceError IncorrectKeyException
 */
function refuseElsewhere(name: string, blob: Buffer, { scope }: KmsCall): void {
  const relatedKeyId = keyIdOfRelated(name, scope);
  if (relatedKeyId !== undefined && keyIdInCiphertext(blob) === relatedKeyId) {
    throw refuse.incorrectKey();
  }
}

async function findNamed(
  name: string,
  need: Need,
  { scope, caller, input, operation: { access } }: KmsCall,
  ports: ResolvePorts,
): Promise<Pick<ResolvedKey, 'key' | 'planned' | 'accountId' | 'absence' | 'aliasName' | 'keyId'>> {
  const ref = parseKeyRef(name, scope, need.idForms);
  const { accountId } = ref;
  const aliasName = ref.kind === 'alias' ? ref.aliasName : undefined;
  // Where nobody of another account is let in there is nothing to look for.
  const letsIn = access.crossAccount && !need.optional;
  if (letsIn || !isForeign(accountId, caller)) {
    const { region } = scope;
    const grantId = need.grantId?.(input);
    const sought =
      ref.kind === 'alias'
        ? { accountId, region, grantId, aliasName: ref.aliasName }
        : { accountId, region, grantId, keyId: ref.keyId };
    // A warm key is answered without a promise: no turn of the event loop.
    const found = findKey(sought, caller, ports);
    const key = found instanceof Promise ? await found : found;
    if (key) {
      return { key, planned: false, accountId, absence: undefined, aliasName, keyId: key.keyId };
    }
  }
  const owner = { ...scope, accountId };
  const named = { planned: false, accountId, aliasName };
  if (ref.kind === 'key') {
    const absence = refuse.keyNotFound(keyArn(owner, ref.keyId));
    return { ...named, key: undefined, absence, keyId: ref.keyId };
  }
  if (accountId === scope.accountId && isManagedAlias(ref.aliasName, caller)) {
    const key = plannedManagedKey(owner, ref.aliasName, ports);
    return { ...named, key, planned: true, absence: undefined, keyId: key.keyId };
  }
  const absence = refuse.aliasNotFound(aliasArn(owner, ref.aliasName));
  return { ...named, key: undefined, absence, keyId: undefined };
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
