/** The decision on one key. Source: shared reference, authorization.md §2 (steps 3–6). */

import type { Decision } from '../../../authz/decision.js';
import {
  decideByGrant,
  decideOnIdentity,
  decideOnResource,
  implicit,
} from '../../../authz/evaluate.js';
import type { GrantIndex } from '../../../authz/grant-index.js';
import type { AuthorizationRequest, Caller } from '../../../authz/model.js';
import { compilePolicy } from '../../../authz/policy.js';
import type { PrincipalNames } from '../../../authz/policy-principals.js';
import type { RequestMembers } from '../../../authz/request.js';
import type { Scope } from '../../../kernel/scope.js';
import type { ServiceError } from '../../../kernel/service-error.js';
import type { AuthorizedKey, KmsCall, ResolvedKey } from '../call.js';
import type { GrantRepository } from '../grants/grant-repository.js';
import type { Key } from '../keys/key.js';
import { isForeign } from '../keys/key-audience.js';
import { aliasArn, keyArn } from '../keys/key-id.js';
import type { LastUsage } from '../keys/last-usage.js';
import type { Quotas } from '../keys/quotas.js';
import type { KeyNeed } from '../operation.js';
import { compiledKeyPolicy } from '../policies/key-policy.js';
import { refuse } from '../refusals.js';
import { admit } from './admitted-callers.js';
import { type Asked, denied, keyRequest } from './authorization-request.js';
import { keyFacts } from './key-facts.js';

export interface AuthorizePorts {
  readonly grants: GrantRepository;
  readonly lastUsage: LastUsage;
  readonly quotas: Pick<Quotas, 'aliasesPerKey'>;
  /** Who unique ids are. */
  readonly principals: Pick<PrincipalNames, 'arnOf'>;
}

type Need = KeyNeed<Record<string, unknown>>;

/** Stands in for the policy of another account's key that isn't there for the caller. */
const NOBODYS_POLICY = compilePolicy({ Statement: [] }, { kind: 'resource', id: '' });

/**
 * May this caller do what it asks of this key?
 *
 * A caller learns that a key doesn't exist only in its own account; of another account's key it hears
 * the same, after the same work, whether it exists or not: `resolveKeys` didn't find either.
 * @param among the call's keys: whether it names the same one twice, and those authorized before this one
 * @throws ServiceError AccessDeniedException, or NotFoundException in the caller's own account.
 */
export async function authorizeKey(
  call: KmsCall,
  ports: AuthorizePorts,
  entry: ResolvedKey,
  { sameKey, before }: { readonly sameKey: boolean; readonly before: readonly AuthorizedKey[] },
): Promise<AuthorizedKey> {
  const { caller, scope, input } = call;
  const { need, key, foundBy } = entry;
  if (need.optional) return ownKey(entry, caller);
  const ownerId = key?.accountId ?? entry.accountId;
  const foreign = isForeign(ownerId, caller);
  if (!key && !foreign) throw entry.absence ?? refuse.unknownCiphertextKey();

  const asked: { action: string; members: RequestMembers } = {
    action: need.action,
    members: need.conditions?.(input, { sameKey }) ?? {},
  };
  // Not of another account's key: the time that it takes would show that the key exists.
  if (need.trailingDays && key && !foreign) {
    const days = await ports.lastUsage.trailingDays(key);
    asked.members = withMember(asked.members, 'kms:trailingdayswithoutkeyusage', String(days));
  }
  for (const name of need.principals ?? []) {
    const given = asked.members.members?.[name];
    const now =
      typeof given === 'string' &&
      !given.startsWith('arn:') &&
      (await ports.principals.arnOf(given));
    if (now) asked.members = withMember(asked.members, name, now);
  }
  const arn = key?.arn ?? namedArn(entry, { ...scope, accountId: ownerId });
  const request = keyRequest(call, asked, arn, ownerId, {
    key: key && keyFacts(key, ports.quotas),
    aliasName: entry.aliasName,
  });
  const index = key && (await grantsFor(call, ports, need, key));
  const decided = decide(call, key, request, index);
  const grantSources = sourcesOfGrants(decided, need, request, index);
  const decision = haveOneSource(before, grantSources)
    ? decided
    : implicit('identity-based policy');
  call.decisions.push(decision);
  const leftToRun = need.authorizedBy === 'operation' && (decision.allowed || !decision.explicit);
  if (key && (decision.allowed || leftToRun)) {
    if (foreign && decision.allowed) admit(key, caller);
    const grantIds = grantsThatAllow(decision, need, request, index);
    return { ...entry, key, grantIds, ...(grantSources && { grantSources }) };
  }
  // In its own account a caller hears why; of another's, not even that there is such a key.
  if (foundBy === 'ciphertext' && foreign) throw refuse.unknownCiphertextKey();
  // What `run` would say of a key that is there.
  if (leftToRun) throw refuse.crossAccount(caller.arn, need.action);
  if (!foreign && !decision.allowed) throw denied(request, decision);
  throw foreignRefusal(call, asked, arn, ownerId);
}

/** The key's grants, where one may allow the call. */
function grantsFor(
  { operation: { access } }: KmsCall,
  { grants }: AuthorizePorts,
  need: Need,
  { region, keyId }: Key,
): GrantIndex | undefined | Promise<GrantIndex> {
  if (!access.grants || need.authorizedBy !== undefined) return undefined;
  return grants.index(region, keyId);
}

function decide(
  { operation: { access } }: KmsCall,
  key: Key | undefined,
  request: AuthorizationRequest,
  index: GrantIndex | undefined,
): Decision {
  return decideOnResource({
    request,
    resourcePolicy: key ? compiledKeyPolicy(key) : NOBODYS_POLICY,
    crossAccountAllowed: access.crossAccount,
    ...(index && { grants: () => index.matching(request) }),
  });
}

function grantsThatAllow(
  decision: Decision,
  { everyGrant }: Need,
  request: AuthorizationRequest,
  index: GrantIndex | undefined,
): string[] {
  if (!decision.allowed || decision.grantId === undefined) return [];
  if (!everyGrant || !index) return [decision.grantId];
  return [...index.allMatching(request)]
    .filter((grant) => decideByGrant(grant, request).allowed)
    .map(({ grantId }) => grantId);
}

/** One of each kind of grant is looked at: with the request's SourceArn, or without any. */
function sourcesOfGrants(
  decision: Decision,
  { sameSource }: Need,
  request: AuthorizationRequest,
  index: GrantIndex | undefined,
): ReadonlySet<string | undefined> | undefined {
  if (!sameSource || !index || !decision.allowed || decision.grantId === undefined) return;
  const sources = new Set<string | undefined>();
  for (const grant of index.matching(request)) {
    if (decideByGrant(grant, request).allowed) sources.add(grant.sourceArn);
  }
  return sources;
}

/** Whether each of the keys before this one was allowed by a policy, or by a grant like one of these. */
function haveOneSource(
  before: readonly AuthorizedKey[],
  sources: ReadonlySet<string | undefined> | undefined,
): boolean {
  return before.every(
    ({ grantSources }) =>
      !sources || !grantSources || [...grantSources].some((source) => sources.has(source)),
  );
}

/**
 * What a caller hears of another account's key. Its own identity policies may be named, as far as
 * they refuse without knowing anything of the key.
 */
function foreignRefusal(call: KmsCall, asked: Asked, arn: string, ownerId: string): ServiceError {
  const request = keyRequest(call, asked, arn, ownerId, {});
  const blind = decideOnIdentity(request);
  return blind.allowed
    ? refuse.crossAccount(call.caller.arn, asked.action)
    : denied(request, blind);
}

/** A filter only: identity policies have allowed the list already, and it shows one's own keys. */
function ownKey(entry: ResolvedKey, caller: Caller): AuthorizedKey {
  if (entry.accountId !== caller.accountId) {
    throw refuse.crossAccount(caller.arn, entry.need.action);
  }
  if (!entry.key) throw entry.absence ?? refuse.unknownCiphertextKey();
  return { ...entry, key: entry.key, grantIds: [] };
}

/** The ARN under which a key that doesn't exist was named. */
function namedArn({ aliasName, keyId }: ResolvedKey, owner: Scope): string {
  return aliasName === undefined ? keyArn(owner, keyId ?? '') : aliasArn(owner, aliasName);
}

function withMember(members: RequestMembers, name: string, value: string): RequestMembers {
  return { ...members, members: { ...members.members, [name]: value } };
}
