/** One statement, compiled. authorization.md §4. */

import { compileConditions, isObject } from './condition.js';
import type { AuthorizationRequest, PrincipalMatcher, Statement } from './model.js';
import { compilePattern, matchesPattern, type Pattern } from './pattern.js';
import type { PolicyKind, StatementRef } from './policy-source.js';
import { compilePrincipals } from './principal-match.js';
import type { ConditionContext } from './request.js';

export interface StatementRules {
  readonly kind: PolicyKind;
  /** Version 2012-10-17. */
  readonly variables: boolean;
  readonly principalIds: ReadonlyMap<string, string> | undefined;
}

/** Actions and resources have no request to take values from. */
const NOTHING: ConditionContext = { get: () => undefined };

/**
 * @returns undefined for a statement that can have no effect. A Deny that can't be understood keeps
 * denying what the rest of it says.
 */
export function compileStatement(
  value: unknown,
  ref: StatementRef,
  rules: StatementRules,
): Statement | undefined {
  if (!isObject(value)) return undefined;
  const effect = value.Effect;
  if (effect !== 'Allow' && effect !== 'Deny') return undefined;
  const matchesAction = actionMatcher(value);
  const matchesResource = resourceMatcher(value, rules);
  if (!matchesAction || !matchesResource) return undefined;

  const notPrincipal = value.Principal === undefined && value.NotPrincipal !== undefined;
  let principals: PrincipalMatcher | undefined;
  if (rules.kind === 'resource' || rules.kind === 'trust') {
    const element = notPrincipal ? value.NotPrincipal : value.Principal;
    principals = compilePrincipals(element, rules.principalIds);
    if (!principals) {
      if (effect === 'Allow') return undefined;
      principals = EVERYBODY;
    }
  }
  const conditions = compileConditions(value.Condition, rules.variables);
  if (!conditions && effect === 'Allow') return undefined;
  return {
    ref,
    effect,
    matchesAction,
    matchesResource,
    principals,
    notPrincipal: notPrincipal && principals !== EVERYBODY,
    conditions: conditions ?? [],
  };
}

const EVERYBODY: PrincipalMatcher = { namings: () => ['everyone'], excepts: () => false };

/** Whether a statement speaks of this request, its principal aside. */
export function isAbout(
  { matchesResource, conditions }: Statement,
  request: AuthorizationRequest,
  context: ConditionContext,
): boolean {
  if (!matchesResource(request)) return false;
  for (const condition of conditions) if (!condition(context)) return false;
  return true;
}

/** Actions compare without case. */
function actionMatcher(value: Readonly<Record<string, unknown>>) {
  const negated = value.Action === undefined;
  const written = texts(negated ? value.NotAction : value.Action);
  if (!written) return undefined;
  const patterns = written.map((text) =>
    compilePattern(text.toLowerCase(), { wildcards: true, variables: false }),
  );
  return (action: string) => {
    const lower = action.toLowerCase();
    return patterns.some((pattern) => matchesPattern(pattern, lower, NOTHING) === true) !== negated;
  };
}

/** The whole ARN is one text to `*` and `?`: they match across `/` and `:`. */
function resourceMatcher(
  value: Readonly<Record<string, unknown>>,
  { kind, variables }: StatementRules,
) {
  const negated = value.Resource === undefined;
  const written = texts(negated ? value.NotResource : value.Resource);
  // A trust policy has no Resource: it is about its role.
  if (!written) {
    if (value.Resource === undefined && value.NotResource === undefined && kind === 'trust')
      return () => true;
    return undefined;
  }
  const patterns: Pattern[] = written.map((text) =>
    compilePattern(text, { wildcards: true, variables }),
  );
  return ({ resource, context }: AuthorizationRequest) => {
    let unresolved = false;
    for (const pattern of patterns) {
      const matches = matchesPattern(pattern, resource, context);
      if (matches) return !negated;
      if (matches === undefined) unresolved = true;
    }
    // Resource never matches by a variable without value, and neither does NotResource.
    return negated && !unresolved;
  };
}

function texts(given: unknown): string[] | undefined {
  const list = [given].flat();
  return given !== undefined && list.every((value) => typeof value === 'string')
    ? (list as string[])
    : undefined;
}
