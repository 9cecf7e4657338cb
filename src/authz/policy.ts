/** A policy compiled once and evaluated often. */

import { parseUniqueJson } from '../kernel/unique-json.js';
import { isObject } from './condition.js';
import type { AuthorizationRequest, Policy, Statement, StatementsOfAction } from './model.js';
import type { PolicySource, StatementRef } from './policy-source.js';
import type { ConditionContext } from './request.js';
import { compileStatement, isAbout } from './statement.js';

const VARIABLES_SINCE = '2012-10-17';
/** No policy that may be stored has as many statements. */
const MAX_STATEMENTS = 20_000;
/** KMS, IAM and STS have fewer actions; what a caller makes up isn't kept. */
const MAX_ACTIONS_KEPT = 512;

/** Stands in for what is no document. */
const DENY_EVERYTHING = { Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' };

/**
 * Compiles a policy document. Never throws: what can't be understood never allows, and a Deny that
 * can't be understood denies what the rest of it says. What is no document at all denies everything.
 * @param document its JSON text, or the parsed value
 * @param options.principalIds the unique id of each user and role (or of the role behind a session
 * ARN) that the document names, by ARN as written: then names match by unique id only
 */
export function compilePolicy(
  document: unknown,
  source: PolicySource,
  options: { readonly principalIds?: ReadonlyMap<string, string> } = {},
): Policy {
  const value = typeof document === 'string' ? parsed(document) : document;
  const rules = {
    kind: source.kind,
    variables: isObject(value) && value.Version === VARIABLES_SINCE,
    principalIds: options.principalIds,
  };
  const statements: unknown[] = isObject(value) ? [value.Statement].flat() : [];
  const isDocument = isObject(value) && statements.length <= MAX_STATEMENTS;
  const compiled = (isDocument ? statements : [DENY_EVERYTHING]).map((statement, index) =>
    compileStatement(statement, refOf(statement, index, source), rules),
  );
  return {
    source,
    understood: isDocument && compiled.every(({ understood }) => understood),
    on: remembered(compiled.flatMap(({ statement }) => statement ?? [])),
  };
}

function remembered(statements: readonly Statement[]): Policy['on'] {
  const known = new Map<string, StatementsOfAction>();
  return (action) => {
    const found = known.get(action);
    if (found) return found;
    const matching = statements.filter((statement) => statement.matchesAction(action));
    const split = {
      allow: matching.filter(({ effect }) => effect === 'Allow'),
      deny: matching.filter(({ effect }) => effect === 'Deny'),
    };
    if (known.size < MAX_ACTIONS_KEPT) known.set(action, split);
    return split;
  };
}

function refOf(statement: unknown, index: number, source: PolicySource): StatementRef {
  const sid = isObject(statement) && typeof statement.Sid === 'string' ? statement.Sid : undefined;
  return { source, index, ...(sid !== undefined && { sid }) };
}

function parsed(text: string): unknown {
  try {
    return parseUniqueJson(text);
  } catch {
    return undefined;
  }
}

/**
 * The statements of an identity-based, boundary or session policy that speak of this request,
 * whatever the others say: for simulations.
 */
export function matchingStatements(
  policy: Policy,
  request: AuthorizationRequest,
): { allow: readonly StatementRef[]; deny: readonly StatementRef[] } {
  const { allow, deny } = policy.on(request.action);
  const refs = (statements: readonly Statement[]) =>
    statements
      .filter((statement) => isAbout(statement, request, request.context))
      .map(({ ref }) => ref);
  return { allow: refs(allow), deny: refs(deny) };
}

/** The first of these statements that speaks of the request. */
export function firstMatch(
  policies: readonly Policy[],
  effect: 'allow' | 'deny',
  request: AuthorizationRequest,
): StatementRef | undefined {
  for (const policy of policies) {
    for (const statement of policy.on(request.action)[effect]) {
      if (isAbout(statement, request, request.context)) return statement.ref;
    }
  }
  return undefined;
}

/** AWS KMS shows these to identity policies only (authorization.md §7). */
function hidden(key: string): boolean {
  return key === 'kms:resourcealiases' || key.startsWith('aws:resourcetag/');
}

/** The request context as a resource policy may see it. */
export function contextFor(policy: Policy, { context }: AuthorizationRequest): ConditionContext {
  if (policy.source.kind !== 'resource') return context;
  const { steps } = context;
  return { steps, get: (key) => (hidden(key) ? undefined : context.get(key)) };
}
