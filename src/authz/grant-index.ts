/**
 * The grants of one key, so that finding the one that allows a request costs the same however many
 * there are: by grantee, operation, and a constraint that few others share.
 */

import { type Grant, type GrantOperation, principalId } from './grant.js';
import { grantAllows, granteeNamedAs, type MatchingGrant, sessionId } from './grant-match.js';
import type { AuthorizationRequest, Principal } from './model.js';
import { valuesOf } from './request.js';

/** Grants with the same constraints and issuer do the same: one of them is looked at. */
type SameConstraints = Map<string, Grant>;
/** By a pair that the request must have (`''`: none), then by all constraints. */
type ByPair = Map<string, Map<string, SameConstraints>>;

const CONTEXT = 'context';
const SOURCE = 'source';
const ANYTHING = '';

export class GrantIndex {
  readonly #byId = new Map<string, Grant>();
  readonly #byGrantee = new Map<string, Map<GrantOperation, ByPair>>();
  /** Under which pair each grant stands, so that it can be found again. */
  readonly #pairOf = new Map<string, string>();

  get size(): number {
    return this.#byId.size;
  }

  get(grantId: string): Grant | undefined {
    return this.#byId.get(grantId);
  }

  add(grant: Grant): void {
    this.remove(grant.grantId);
    this.#byId.set(grant.grantId, grant);
    const operations = entryOf(this.#byGrantee, principalId(grant.grantee), () => new Map());
    for (const operation of grant.operations) {
      const byPair: ByPair = entryOf(operations, operation, () => new Map());
      const pair = rarest(pairsOf(grant, operation), byPair);
      this.#pairOf.set(`${grant.grantId} ${operation}`, pair);
      const groups = entryOf(byPair, pair, () => new Map());
      entryOf(groups, canonical(grant), () => new Map()).set(grant.grantId, grant);
    }
  }

  remove(grantId: string): void {
    const grant = this.#byId.get(grantId);
    if (!grant) return;
    this.#byId.delete(grantId);
    const grantee = principalId(grant.grantee);
    const operations = this.#byGrantee.get(grantee);
    for (const operation of grant.operations) {
      const place = `${grantId} ${operation}`;
      const pair = this.#pairOf.get(place) ?? ANYTHING;
      this.#pairOf.delete(place);
      const byPair = operations?.get(operation);
      const groups = byPair?.get(pair);
      const same = groups?.get(canonical(grant));
      same?.delete(grantId);
      if (same?.size === 0) groups?.delete(canonical(grant));
      if (groups?.size === 0) byPair?.delete(pair);
      if (byPair?.size === 0) operations?.delete(operation);
    }
    if (operations?.size === 0) this.#byGrantee.delete(grantee);
  }

  /** The grants that are for the request, of those that do the same one; the least limited first. */
  matching(request: AuthorizationRequest): Generator<MatchingGrant> {
    return this.#matching(request, 'one of those that do the same');
  }

  /** Every grant that is for the request. */
  allMatching(request: AuthorizationRequest): Generator<MatchingGrant> {
    return this.#matching(request, 'every one');
  }

  *#matching(
    request: AuthorizationRequest,
    which: 'one of those that do the same' | 'every one',
  ): Generator<MatchingGrant> {
    if (this.#byId.size === 0) return;
    const operation = request.action.slice('kms:'.length) as GrantOperation;
    for (const id of callerIds(request.principal)) {
      const byPair = this.#byGrantee.get(id)?.get(operation);
      if (!byPair) continue;
      for (const pair of requestPairs(request)) {
        for (const same of byPair.get(pair)?.values() ?? []) {
          for (const grant of same.values()) {
            const namedAs = granteeNamedAs(grant.grantee, request.principal);
            if (namedAs && grantAllows(grant, request)) {
              const { grantId, issuingAccountId } = grant;
              yield { grantId, issuingAccountId, namedAs, sourceArn: grant.constraints.sourceArn };
            }
            if (which !== 'every one') break;
          }
        }
      }
    }
  }
}

/** Whom grants may name that are for this caller; see principalId. */
function callerIds(principal: Principal): Iterable<string> {
  const { uniqueId, accountId, type } = principal;
  if (type === 'AWSService') return [uniqueId];
  return new Set([sessionId(principal) ?? uniqueId, uniqueId, accountId]);
}

/** What the constraints want the request to have; operations that ignore them look for nothing. */
function pairsOf({ constraints }: Grant, operation: GrantOperation): string[] {
  const { encryptionContextEquals, encryptionContextSubset, sourceArn } = constraints;
  const bound = operation !== 'DescribeKey';
  const context = (bound && (encryptionContextEquals ?? encryptionContextSubset)) || {};
  const pairs = Object.entries(context).map(([key, value]) => contextPair(key, value));
  if (sourceArn !== undefined) pairs.push(`${SOURCE}\0${sourceArn}`);
  return pairs;
}

function* requestPairs({ action, context }: AuthorizationRequest): Generator<string> {
  yield ANYTHING;
  const source = context.get('aws:sourcearn');
  if (typeof source === 'string') yield `${SOURCE}\0${source}`;
  if (action === 'kms:DescribeKey') return;
  for (const key of valuesOf(context.get('kms:encryptioncontextkeys'))) {
    const value = context.get(`kms:encryptioncontext:${key.toLowerCase()}`);
    if (typeof value === 'string') yield contextPair(key, value);
  }
}

function contextPair(key: string, value: string): string {
  return `${CONTEXT}\0${key.toLowerCase()}\0${value}`;
}

/** The pair under which the fewest stand yet; grants spread over what tells them apart. */
function rarest(pairs: readonly string[], byPair: ByPair): string {
  let best = ANYTHING;
  let least = Number.POSITIVE_INFINITY;
  for (const pair of pairs) {
    const count = byPair.get(pair)?.size ?? 0;
    if (count < least) [best, least] = [pair, count];
  }
  return best;
}

function canonical({ constraints, issuingAccountId }: Grant): string {
  const { encryptionContextEquals, encryptionContextSubset, sourceArn } = constraints;
  const sorted = (context: Readonly<Record<string, string>> | undefined) =>
    context &&
    Object.entries(context)
      .map(([key, value]) => [key.toLowerCase(), value])
      .sort();
  return JSON.stringify([
    sorted(encryptionContextEquals),
    sorted(encryptionContextSubset),
    sourceArn,
    issuingAccountId,
  ]);
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
