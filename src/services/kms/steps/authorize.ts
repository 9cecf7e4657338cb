/**
 * The step that asks `authz` and turns its answer into AWS's refusals. Source: shared reference,
 * authorization.md §2 (steps 3–6), errors.md §7.
 */
import { decideOnIdentity, decideOnResource } from '../../../authz/evaluate.js';
import type { AuthorizationRequest } from '../../../authz/model.js';
import type { RequestMembers } from '../../../authz/request.js';
import type { AuthorizedKey, KmsCall } from '../call.js';
import type { Key } from '../keys/key.js';
import { aliasArn, anyResourceArn, keyArn } from '../keys/key-id.js';
import { compiledKeyPolicy } from '../policies/key-policy.js';
import { denied, keyRequest } from './authorization-request.js';
import { type AuthorizePorts, authorizeKey } from './authorize-key.js';
import { keyFacts } from './key-facts.js';

/**
 * May this caller do this to these keys, and to the alias or account that the operation is about?
 * @throws ServiceError AccessDeniedException, or NotFoundException in the caller's own account.
 */
export async function authorize(call: KmsCall, ports: AuthorizePorts): Promise<void> {
  authorizeWithoutKey(call);
  const { resolved } = call;
  const sameKey = resolved.length === 2 && resolved[0]?.key === resolved[1]?.key;
  const authorized: AuthorizedKey[] = [];
  for (const entry of resolved) {
    authorized.push(await authorizeKey(call, ports, entry, { sameKey, before: authorized }));
  }
  authorizeFurther(call);
  call.authorized = authorized;
  call.wouldAllow = (...asked) => wouldAllow(call, ports, ...asked);
  call.requestFor = (action, key) => requestFor(call, ports, action, key);
}

/**
 * Whether the caller's present policies and this key's policy would allow an action, grants aside:
 * what the lockout safety check asks of a policy that isn't stored yet.
 */
function wouldAllow(
  call: KmsCall,
  ports: AuthorizePorts,
  action: `kms:${string}`,
  key: Key,
  members: RequestMembers['members'] = {},
): boolean {
  return decideOnResource({
    request: requestFor(call, ports, action, key, members),
    resourcePolicy: compiledKeyPolicy(key),
    crossAccountAllowed: false,
  }).allowed;
}

function requestFor(
  call: KmsCall,
  { quotas }: AuthorizePorts,
  action: `kms:${string}`,
  key: Key,
  members: RequestMembers['members'] = {},
): AuthorizationRequest {
  const about = { key: keyFacts(key, quotas) };
  return keyRequest(call, { action, members: { members } }, key.arn, key.accountId, about);
}

/** Identity policies alone decide on an operation without a key, on an alias, on tagging at creation. */
function authorizeWithoutKey(call: KmsCall): void {
  const { input, scope } = call;
  const { access } = call.operation;
  if (access.action === undefined) return;
  const members = access.conditions?.(input) ?? {};
  const alias = access.alias === undefined ? undefined : input[access.alias];
  if (typeof alias === 'string') {
    requireIdentity(call, access.action, members, aliasArn(scope, alias));
    return;
  }
  requireIdentity(call, access.action, members, anyResourceArn(scope), { shown: '*' });
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
