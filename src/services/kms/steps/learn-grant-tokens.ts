import type { KmsCall } from '../call.js';
import type { GrantRepository } from '../grants/grant-repository.js';
import { parseGrantToken } from '../grants/grant-token.js';

/**
 * A grant token makes its grant known here at once, also when another server made it.
 * @throws ServiceError InvalidGrantTokenException
 */
export function learnGrantTokens(
  { input: { GrantTokens: tokens } }: KmsCall,
  { grants }: { readonly grants: GrantRepository },
): void | Promise<void> {
  if (Array.isArray(tokens) && tokens.length > 0) {
    return grants.learn(tokens.map(parseGrantToken));
  }
}
