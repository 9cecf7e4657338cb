import { KmsError } from '../api/errors.js';
import type { Caller } from '../api/operation.js';
import { refuse } from '../api/refusals.js';
import type { Key } from '../keys/key.js';
import type { ResolvedKey } from './resolve-keys.js';

export type AuthorizedKey = ResolvedKey & { readonly key: Key };

/**
 * Until grants exist no grant token can be valid.
 * @throws KmsError InvalidGrantTokenException
 */
export function checkGrantTokens(input: Record<string, unknown>): void {
  const { GrantTokens: tokens } = input;
  if (Array.isArray(tokens) && tokens.length > 0) {
    throw new KmsError('InvalidGrantTokenException', 'The grant token is not valid.');
  }
}

/**
 * May this caller do this to these keys? Until policies are evaluated the only principal is an
 * account's root user, who may do everything to the account's own keys and nothing to others'.
 *
 * A caller learns that a key doesn't exist only in the account it belongs to; of another account's
 * key it hears the same whether it exists or not.
 * @throws KmsError AccessDeniedException, or NotFoundException in the caller's own account.
 */
export function authorize(caller: Caller, resolved: readonly ResolvedKey[]): AuthorizedKey[] {
  return resolved.map((entry) => {
    if (entry.foundBy === 'ciphertext') {
      if (entry.key?.accountId !== caller.accountId) throw refuse.unknownCiphertextKey();
    } else if (entry.accountId !== caller.accountId) {
      throw refuse.crossAccount(caller.arn, entry.need.action);
    }
    if (!entry.key) throw entry.absence ?? refuse.crossAccount(caller.arn, entry.need.action);
    return { ...entry, key: entry.key };
  });
}
