/**
 * The step that asks `authz` and turns its answer into AWS's refusals. Source: shared reference,
 * authorization.md §2 (steps 3–6), errors.md §7.
 */

import { type KeyFacts, type RequestFacts, requestContext } from '../../../authz/condition-keys.js';
import type { Decision, Denial } from '../../../authz/decision.js';
import { decideOnIdentity, decideOnResource, refusalText } from '../../../authz/evaluate.js';
import type { AuthorizationRequest, Caller } from '../../../authz/model.js';
import { compilePolicy } from '../../../authz/policy.js';

import type { RequestMembers } from '../../../authz/request.js';
import type { Scope } from '../../../kernel/scope.js';
import type { ServiceError } from '../../../kernel/service-error.js';
import type { AuthorizedKey, KmsCall, ResolvedKey } from '../call.js';
import { kmsError } from '../errors.js';
import type { GrantRepository } from '../grants/grant-repository.js';
import type { Key } from '../keys/key.js';
import { aliasArn, keyArn } from '../keys/key-id.js';
import type { LastUsage } from '../keys/last-usage.js';
import type { Quotas } from '../keys/quotas.js';
import type { KeyNeed } from '../operation.js';
import { compiledKeyPolicy } from '../policies/key-policy.js';
import { refuse } from '../refusals.js';
import { keyFacts } from './key-facts.js';

export interface AuthorizePorts {
  readonly grants: GrantRepository;
  readonly lastUsage: LastUsage;
  readonly quotas: Pick<Quotas, 'aliasesPerKey'>;
}

/** Stands in for the policy of another account's key that doesn't exist: as much work, no answer. */
const NOBODYS_POLICY = compilePolicy({ Statement: [] }, { kind: 'resource', id: '' });

/**
 * May this caller do this to these keys, and to the alias or account that the operation is about?
 *
 * A caller learns that a key doesn't exist only in its own account; of another account's key it hears
 * the same, after the same work, whether it exists or not.
 * @throws ServiceError AccessDeniedException, or NotFoundException in the caller's own account.
 */
export async function authorize(call: KmsCall, ports: AuthorizePorts): Promise<void> {
  authorizeWithoutKey(call);
  const { resolved } = call;
  const sameKey = resolved.length === 2 && resolved[0]?.key === resolved[1]?.key;
  const authorized: AuthorizedKey[] = [];
  for (const entry of resolved) authorized.push(await authorizeKey(call, ports, entry, sameKey));
  authorizeFurther(call);
  call.authorized = authorized;
  call.wouldAllow = (action, key) => wouldAllow(call, ports, action, key);
  call.identityAllows = (action, key) => identityAllows(call, ports, action, key);
}

/**
 * Whether the caller's present policies and this key's policy would allow an action, grants aside:
 * what the lockout safety check asks of a policy that isn't stored yet.
 */
function wouldAllow(
  call: KmsCall,
  { quotas }: AuthorizePorts,
  action: `kms:${string}`,
  key: Key,
): boolean {
  const about = { key: keyFacts(key, quotas) };
  const request = keyRequest(call, { action, members: {} }, key.arn, key.accountId, about);
  return decideOnResource({
    request,
    resourcePolicy: compiledKeyPolicy(key),
    crossAccountAllowed: false,
  }).allowed;
}

/** Whether the caller's identity policies alone allow an action on a key. */
function identityAllows(
  call: KmsCall,
  { quotas }: AuthorizePorts,
  action: `kms:${string}`,
  key: Key,
): boolean {
  const about = { key: keyFacts(key, quotas) };
  const request = keyRequest(call, { action, members: {} }, key.arn, key.accountId, about);
  return decideOnIdentity(request).allowed;
}

/** Identity policies alone decide on an operation without a key, on an alias, on tagging at creation. */
function authorizeWithoutKey(call: KmsCall): void {
  const { input, scope } = call;
  const { access } = call.operation;
  if (access.action === undefined) return;
  const members = access.conditions?.(input) ?? {};
  const anyOf = (kind: string) =>
    `arn:${scope.partition}:kms:${scope.region}:${scope.accountId}:${kind}`;
  const alias = access.alias === undefined ? undefined : input[access.alias];
  if (typeof alias === 'string') {
    requireIdentity(call, access.action, members, aliasArn(scope, alias));
    return;
  }
  requireIdentity(call, access.action, members, anyOf('*'), { shown: '*' });
}

/** What a call needs besides: to tag what it makes, to make a key in another Region. */
function authorizeFurther(call: KmsCall): void {
  const { input, scope } = call;
  const { access } = call.operation;
  for (const { action, region = scope.region } of access.alsoNeeds?.(input) ?? []) {
    const anyKey = keyArn({ ...scope, region }, '*');
    requireIdentity(call, action, access.conditions?.(input) ?? {}, anyKey, { region });
  }
}

/** @param options where it is asked for another Region, or the resource is shown otherwise */
function requireIdentity(
  call: KmsCall,
  action: string,
  members: RequestMembers,
  resource: string,
  { shown = resource, region }: { readonly shown?: string; readonly region?: string } = {},
): void {
  const request = keyRequest(call, { action, members }, resource, call.scope.accountId, { region });
  const decision = decideOnIdentity(request);
  call.decisions.push(decision);
  if (!decision.allowed) throw denied({ ...request, resource: shown }, decision);
}

async function authorizeKey(
  call: KmsCall,
  ports: AuthorizePorts,
  entry: ResolvedKey,
  sameKey: boolean,
): Promise<AuthorizedKey> {
  const { caller, scope, input } = call;
  const { need, key, foundBy } = entry;
  if (need.optional) return ownKey(entry, caller);
  const ownerId = key?.accountId ?? entry.accountId;
  const foreign = ownerId !== caller.accountId && caller.type !== 'AWSService';
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
  const arn = key?.arn ?? namedArn(entry, { ...scope, accountId: ownerId });
  const request = keyRequest(call, asked, arn, ownerId, {
    key: key && keyFacts(key, ports.quotas),
    aliasName: entry.aliasName,
  });
  const decision = await decide(call, ports, need, key, request);
  call.decisions.push(decision);
  const leftToRun = need.authorizedBy === 'operation' && (decision.allowed || !decision.explicit);
  if (key && (decision.allowed || leftToRun)) {
    return { ...entry, key, grantId: decision.allowed ? decision.grantId : undefined };
  }
  if (foundBy === 'ciphertext') throw refuse.unknownCiphertextKey();
  // What `run` would say of a key that is there.
  if (leftToRun) throw refuse.crossAccount(caller.arn, need.action);
  if (!foreign && !decision.allowed) throw denied(request, decision);
  throw foreignRefusal(call, asked, arn, ownerId);
}

async function decide(
  { operation: { access } }: KmsCall,
  { grants }: AuthorizePorts,
  need: KeyNeed<Record<string, unknown>>,
  key: Key | undefined,
  request: AuthorizationRequest,
): Promise<Decision> {
  if (!key) {
    return decideOnResource({
      request,
      resourcePolicy: NOBODYS_POLICY,
      crossAccountAllowed: access.crossAccount,
    });
  }
  let grant: (() => string | undefined) | undefined;
  if (access.grants && need.authorizedBy === undefined) {
    const found = grants.index(key.region, key.keyId);
    const index = found instanceof Promise ? await found : found;
    grant = () => index.find(request);
  }
  return decideOnResource({
    request,
    resourcePolicy: compiledKeyPolicy(key),
    crossAccountAllowed: access.crossAccount,
    ...(grant && { grant }),
  });
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
  return { ...entry, key: entry.key, grantId: undefined };
}

/** The ARN under which a key that doesn't exist was named. */
function namedArn({ aliasName, keyId }: ResolvedKey, owner: Scope): string {
  return aliasName === undefined ? keyArn(owner, keyId ?? '') : aliasArn(owner, aliasName);
}

function withMember(members: RequestMembers, name: string, value: string): RequestMembers {
  return { ...members, members: { ...members.members, [name]: value } };
}

interface Asked {
  readonly action: string;
  readonly members: RequestMembers;
}

function keyRequest(
  call: KmsCall,
  { action, members }: Asked,
  resource: string,
  resourceAccountId: string,
  about: {
    readonly key?: KeyFacts | undefined;
    readonly aliasName?: string | undefined;
    readonly region?: string | undefined;
  },
): AuthorizationRequest {
  const { withoutCallerAccount, grantIsForAwsResource } = call.operation.access;
  const facts: RequestFacts = {
    ...call.facts,
    action,
    withoutCallerAccount,
    grantIsForAwsResource,
    resourceAccountId,
    ...members,
    ...(about.key && { key: about.key }),
    ...(about.aliasName !== undefined && { requestAlias: about.aliasName }),
    ...(about.region !== undefined && { region: about.region }),
  };
  return {
    principal: call.caller,
    action,
    resource,
    resourceAccountId,
    context: requestContext(facts),
  };
}

function denied(request: AuthorizationRequest, denial: Denial): ServiceError {
  return kmsError('AccessDeniedException', refusalText(request, denial));
}
