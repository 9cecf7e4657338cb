/** Whose a token is: its PIN's retry counter and its keys belong to nobody else. */
import { ConfigError } from './config-error.js';
import type { TokenMembers } from './read-tokens.js';

export interface ServerAccounts {
  readonly accountId: string;
  /** Further ones. */
  readonly accounts: readonly string[];
}

/**
 * A token with the accounts that may claim it. Without a word of the operator's it is the only
 * account's; the root token, which seals for everybody, is nobody's to claim.
 * @param ours made by the quick start, whose token is the first account's
 * @throws ConfigError where there are several accounts and the token names none of them
 */
export function withAccounts(
  token: TokenMembers,
  { accountId, accounts }: ServerAccounts,
  ours: boolean,
): TokenMembers {
  const name = `tokens: ${String(token.id)}`;
  const given = token.accounts as readonly string[] | undefined;
  if (token.id === 'root') {
    if (given === undefined) return token;
    throw new ConfigError(`${name} must not have the member accounts: it is no custom key store's`);
  }
  // Nobody claims it: it stands behind another one's store.
  if (token.memberOf !== undefined) return token;
  if (given === undefined) {
    if (ours || accounts.length === 0) return { ...token, accounts: [accountId] };
    throw new ConfigError(
      `${name} must have the member accounts, since the server has several accounts: those that may claim it for a custom key store`,
    );
  }
  const foreign = given.find((id) => id !== accountId && !accounts.includes(id));
  if (foreign === undefined) return token;
  throw new ConfigError(`${name} must not name the account ${foreign}, which isn't this server's`);
}
