import type { Access, KeyNeed } from '../../../declare/operation.js';
import type { Deadline } from '../../../keystores/contract/key-store.js';
import { type ParsedCiphertext, parseCiphertext } from '../cryptography/ciphertext.js';
import type { KmsError } from '../errors.js';
import type { Key } from '../keys/key.js';
import { aliasArn, keyArn, parseKeyRef, type Scope } from '../keys/key-id.js';
import { isManagedAlias, makeManagedKey } from '../managed/managed-keys.js';
import { refuse } from '../refusals.js';
import type { Services } from '../services.js';

/** One key that a call names, or the reason why there is none to be had. */
export interface ResolvedKey {
  readonly need: KeyNeed<Record<string, unknown>>;
  readonly key: Key | undefined;
  /** The ciphertext that goes with the key, and its parts once they are known: see readCiphertexts. */
  readonly blob: Buffer | undefined;
  readonly ciphertext: ParsedCiphertext | undefined;
  /** `ciphertext`: the key was found by the blob's header alone. */
  readonly foundBy: 'name' | 'ciphertext';
  /** Whose key was named: the account of the ARN, else the caller's. */
  readonly accountId: string;
  /** The alias by which the key was named, with its prefix `alias/`. */
  readonly aliasName: string | undefined;
  /** The id that was named, also where there is no such key. */
  readonly keyId: string | undefined;
  /** What to answer when `key` is undefined and the caller may know it. */
  readonly absence: KmsError | undefined;
}

/**
 * Finds every key that the operation's declaration asks for. A key that doesn't exist is reported
 * by the authorization step, which knows what the caller may learn.
 * @throws KmsError for malformed identifiers and ciphertexts.
 */
export async function resolveKeys(
  access: Access<Record<string, unknown>>,
  input: Record<string, unknown>,
  scope: Scope,
  services: Services,
  deadline: Deadline,
): Promise<ResolvedKey[]> {
  const resolved: ResolvedKey[] = [];
  for (const need of access.keys) {
    const found = await resolveKey(need, input, scope, services, deadline);
    if (found) resolved.push(found);
  }
  return resolved;
}

const NO_KEY_ID = '00000000-0000-0000-0000-000000000000';

async function resolveKey(
  need: KeyNeed<Record<string, unknown>>,
  input: Record<string, unknown>,
  scope: Scope,
  services: Services,
  deadline: Deadline,
): Promise<ResolvedKey | undefined> {
  const name = need.named ? need.named(input, scope) : input[need.member];
  const blob = need.blob?.(input);
  if (typeof name === 'string') {
    const named = await findNamed(name, need, scope, services, deadline);
    return { need, foundBy: 'name', blob, ciphertext: undefined, ...named };
  }
  if (blob) {
    const ciphertext = parseCiphertext(blob);
    const { region, accountId } = scope;
    const key = await services.keys.find(region, ciphertext.keyId);
    const absence = refuse.unknownCiphertextKey();
    const { keyId } = ciphertext;
    const aliasName = undefined;
    return {
      need,
      key,
      blob,
      ciphertext,
      foundBy: 'ciphertext',
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
  services: Services,
  deadline: Deadline,
): Promise<Pick<ResolvedKey, 'key' | 'accountId' | 'absence' | 'aliasName' | 'keyId'>> {
  const { keys, aliases } = services;
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
      keyId = await makeManagedKey(owner, ref.aliasName, deadline, services);
    }
    if (keyId === undefined) {
      // Looks for a key all the same: an alias that exists would cost that look, too.
      await keys.find(scope.region, NO_KEY_ID, foreign);
      const absence = refuse.aliasNotFound(aliasArn(owner, ref.aliasName));
      return { key: undefined, accountId, absence, aliasName, keyId };
    }
  }
  const found = keys.find(scope.region, keyId, foreign);
  const key = found instanceof Promise ? await found : found;
  if (key?.accountId === accountId) return { key, accountId, absence: undefined, aliasName, keyId };
  const absence = refuse.keyNotFound(keyArn(owner, keyId));
  return { key: undefined, accountId, absence, aliasName, keyId };
}

/**
 * Takes the ciphertexts of named keys apart. Not before the caller is authorized: a damaged one must
 * not show whether the key exists.
 * @throws KmsError InvalidCiphertextException
 */
export function readCiphertexts<Entry extends ResolvedKey>(keys: readonly Entry[]): Entry[] {
  return keys.map((entry) =>
    entry.blob && !entry.ciphertext ? { ...entry, ciphertext: parseCiphertext(entry.blob) } : entry,
  );
}
