import type { KmsCall } from '../call.js';
import type { GrantRepository } from '../grants/grant-repository.js';
import { type GrantAddress, parseGrantToken } from '../grants/grant-token.js';

/**
 * A grant token makes its grant known here at once, also when another server made it; but for keys that
 * this call isn't about, of which a token anybody can make must not show whether they are there.
 * @throws ServiceError InvalidGrantTokenException
 */
export function learnGrantTokens(
  { input: { GrantTokens: tokens }, resolved }: KmsCall,
  { grants }: { readonly grants: GrantRepository },
): void | Promise<void> {
  if (!Array.isArray(tokens) || tokens.length === 0) return undefined;
  const isAbout = ({ region, keyId }: GrantAddress) =>
    resolved.some(({ key }) => key?.region === region && key.keyId === keyId);
  return grants.learn(tokens.map(parseGrantToken).filter(isAbout));
}
