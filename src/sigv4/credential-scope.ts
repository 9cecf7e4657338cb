import { invalidSignature } from './authentication-error.js';
import type { CredentialScope } from './authorization-header.js';
import type { RequestTime } from './request-time.js';

/** The last part of every credential scope. */
const TERMINATOR = 'aws4_request';

const EIGHT_DIGITS = /^\d{8}$/;

/** Where this server lets credentials be scoped to. */
export interface AcceptedScope {
  readonly service: string;
  /** By what a scope may have for a Region: the Region that is meant. */
  readonly regions: ReadonlyMap<string, string>;
}

interface ScopeRule {
  holds(scope: CredentialScope, accepted: AcceptedScope, signed: RequestTime): boolean;
  message(scope: CredentialScope, accepted: AcceptedScope, signed: RequestTime): string;
}

/** In AWS's order. A message repeats nothing of the request but what has the form of a date. */
const SCOPE_RULES: readonly ScopeRule[] = [
  {
    holds: (scope, accepted) => accepted.regions.has(scope.region),
    message: () => 'Credential should be scoped to a valid region.',
  },
  {
    holds: (scope, accepted) => scope.service === accepted.service,
    message: (_, accepted) =>
      `Credential should be scoped to correct service: '${accepted.service}'.`,
  },
  {
    holds: (scope) => scope.terminator === TERMINATOR,
    message: () => `Credential should be scoped with a valid terminator: '${TERMINATOR}'.`,
  },
  {
    holds: (scope, _, signed) => scope.date === signed.basic.slice(0, 8),
    message: (scope, _, signed) =>
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
      `'${EIGHT_DIGITS.test(scope.date) ? scope.date : ''}' != '${signed.basic.slice(0, 8)}', ` +
      `from '${signed.basic}'.`,
  },
];

/**
 * Checks a credential scope against what the server accepts and against the time of signing.
 * Everything that is wrong goes into one message.
 *
 * @returns the Region that is meant
 * @throws AuthenticationError InvalidSignatureException
 */
export function checkCredentialScope(
  scope: CredentialScope,
  accepted: AcceptedScope,
  signed: RequestTime,
): string {
  const broken = SCOPE_RULES.filter((rule) => !rule.holds(scope, accepted, signed));
  const region = accepted.regions.get(scope.region);
  if (broken.length === 0 && region !== undefined) return region;
  throw invalidSignature(broken.map((rule) => rule.message(scope, accepted, signed)).join(' '));
}
