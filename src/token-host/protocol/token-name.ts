/** By what a token of the configuration is found among those of its library. */
import { readTokenUri, type TokenFacts } from '../../kernel/token-uri.js';

/** One of them is given. */
export interface TokenName {
  readonly label?: string | undefined;
  readonly serial?: string | undefined;
  /** RFC 7512; only its path counts. */
  readonly uri?: string | undefined;
}

/** Whether a token is the named one. @throws RangeError when nothing is named; Pkcs11UriError */
export function tokenMatcher({ label, serial, uri }: TokenName): (facts: TokenFacts) => boolean {
  if (label === undefined && serial === undefined && uri === undefined) {
    throw new RangeError('A token needs a label, a serial number or a URI');
  }
  const named = uri === undefined ? undefined : readTokenUri(uri);
  return (facts) =>
    (label === undefined || facts.token.label === label) &&
    (serial === undefined || facts.token.serial === serial) &&
    (named === undefined || named.matches(facts));
}

/** For a message: `label strongroom`. */
export function shownTokenName({ label, serial, uri }: TokenName): string {
  if (uri !== undefined) return `URI ${uri}`;
  return serial === undefined ? `label ${label}` : `serial ${serial}`;
}
