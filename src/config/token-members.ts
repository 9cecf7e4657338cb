/** Tokens that stand behind another one's custom key store. */
import { ConfigError } from './config-error.js';
import type { TokenMembers } from './read-tokens.js';

/** What the first of the tokens says for all. */
const OF_THE_FIRST = ['accounts', 'trustAnchor'] as const;

/** @throws ConfigError for a `memberOf` that makes no sense */
export function checkMembersOf(tokens: readonly TokenMembers[]): void {
  const byId = new Map(tokens.map((token) => [token.id, token]));
  for (const token of tokens) {
    const { id, memberOf } = token;
    if (memberOf === undefined) continue;
    const name = `tokens: ${String(id)}`;
    const first = byId.get(memberOf);
    if (id === 'root' || memberOf === id || !first || first.memberOf !== undefined) {
      throw new ConfigError(
        `${name} must have as memberOf the id of another token of the list, which has none itself; it can't be root`,
      );
    }
    const given = OF_THE_FIRST.find((member) => token[member] !== undefined);
    if (given !== undefined) {
      throw new ConfigError(`${name} must not have the member ${given}: ${memberOf}'s holds`);
    }
  }
}
