/** The Principal element. authorization.md §3. */

import { accountNamed, inPartitionOf, isFederatedUserArn } from '../kernel/arns.js';
import { isUserOrRoleId } from '../kernel/principal-ids.js';
import { isObject } from './condition.js';
import type { NamedAs, Principal, PrincipalMatcher } from './model.js';

type IdMap = ReadonlyMap<string, string> | undefined;

const MAX_PRINCIPALS = 10_000;

/** @returns undefined when the element can't be understood. */
export function compilePrincipals(element: unknown, ids: IdMap): PrincipalMatcher | undefined {
  const entries: ((principal: Principal) => NamedAs | undefined)[] = [];
  if (element === '*') entries.push(everyone);
  else if (isObject(element)) {
    for (const [kind, given] of Object.entries(element)) {
      for (const name of [given].flat()) {
        if (typeof name !== 'string' || entries.length >= MAX_PRINCIPALS) return undefined;
        entries.push(entry(kind, name, ids));
      }
    }
  } else return undefined;
  const forms = (principal: Principal) => {
    const found: NamedAs[] = [];
    for (const test of entries) {
      const namedAs = test(principal);
      if (namedAs) found.push(namedAs);
    }
    return found;
  };
  return {
    forms,
    excepts: (principal) => isExcepted(forms(principal), principal),
  };
}

/** Whom a Deny's NotPrincipal must list before it excepts a caller: AWS looks at each of its identities. */
const IDENTITIES: Readonly<Record<Principal['type'], readonly NamedAs[]>> = {
  Account: ['account'],
  User: ['account', 'user'],
  AssumedRole: ['account', 'role', 'session'],
  FederatedUser: ['account', 'role', 'session'],
  AWSService: ['service'],
  WebIdentity: ['federated'],
};

/** A principal with a boundary never is, whatever the element lists. Source: IAM User Guide, "NotPrincipal". */
function isExcepted(found: readonly NamedAs[], { type, policies }: Principal): boolean {
  if (policies.boundary) return false;
  return (
    found.includes('everyone') || IDENTITIES[type].every((identity) => found.includes(identity))
  );
}

/** Whose account can be named in their place. */
const HAS_ACCOUNT: ReadonlySet<Principal['type']> = new Set([
  'Account',
  'User',
  'AssumedRole',
  'FederatedUser',
]);

/** A web identity must be named by its provider: `*` would take every token of every provider. */
const everyone = ({ type }: Principal): NamedAs | undefined =>
  type === 'WebIdentity' ? undefined : 'everyone';

function entry(
  kind: string,
  name: string,
  ids: IdMap,
): (principal: Principal) => NamedAs | undefined {
  if (kind === 'Service') {
    return (principal) =>
      principal.serviceName === name && principal.type === 'AWSService' ? 'service' : undefined;
  }
  if (kind === 'Federated') {
    return ({ type, uniqueId }) =>
      type === 'WebIdentity' && uniqueId === name ? 'federated' : undefined;
  }
  if (kind !== 'AWS') return () => undefined;
  if (name === '*') return everyone;
  const account = accountNamed(name);
  if (account !== undefined) {
    return ({ type, accountId, arn }) =>
      HAS_ACCOUNT.has(type) && accountId === account && inPartitionOf(name, arn)
        ? 'account'
        : undefined;
  }
  if (isUserOrRoleId(name)) {
    return ({ uniqueId, type }) =>
      uniqueId === name ? (type === 'User' ? 'user' : 'role') : undefined;
  }
  return namedPrincipal(name, ids);
}

/**
 * A user, a role or a role session by ARN; by the unique id that it had, where that is known. A federated
 * user has no more than its ARN.
 */
function namedPrincipal(arn: string, ids: IdMap): (principal: Principal) => NamedAs | undefined {
  if (isFederatedUserArn(arn)) {
    return (principal) =>
      principal.type === 'FederatedUser' && principal.arn === arn ? 'session' : undefined;
  }
  const isSession = /^arn:[a-z-]+:sts::[0-9]{12}:assumed-role\//.test(arn);
  const id = ids?.get(arn);
  const same = (principal: Principal) => ids === undefined || principal.uniqueId === id;
  if (isSession) {
    return (principal) =>
      principal.type === 'AssumedRole' && principal.arn === arn && same(principal)
        ? 'session'
        : undefined;
  }
  return (principal) => {
    const { type, principalArn, session, uniqueId } = principal;
    if (type !== 'User' && type !== 'AssumedRole' && type !== 'FederatedUser') return undefined;
    const ofArn = type === 'FederatedUser' ? session?.issuer?.arn : principalArn;
    const matches = ids === undefined ? ofArn === arn : id !== undefined && uniqueId === id;
    if (!matches) return undefined;
    return type === 'User' ? 'user' : 'role';
  };
}
