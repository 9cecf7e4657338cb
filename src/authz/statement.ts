/** One statement, compiled. authorization.md §4. */

import { completeArn, isIncompleteArn } from './arn-pattern.js';
import { compileConditions, isObject } from './condition.js';
import type { AuthorizationRequest, Effect, PrincipalMatcher, Statement } from './model.js';
import { compilePattern, matchesPattern, type Pattern } from './pattern.js';
import type { PolicyKind, StatementRef } from './policy-source.js';
import { compilePrincipals } from './principal-match.js';
import { type ConditionContext, NOTHING } from './request.js';

export interface StatementRules {
  readonly kind: PolicyKind;
  /** Version 2012-10-17. */
  readonly variables: boolean;
  readonly principalIds: ReadonlyMap<string, string> | undefined;
}

/** A statement, or why there is none. */
export interface CompiledStatement {
  /** Undefined for a statement that can have no effect. */
  readonly statement: Statement | undefined;
  /** Whether every element of it is. */
  readonly understood: boolean;
}

const NO_EFFECT: CompiledStatement = { statement: undefined, understood: false };

/**
 * An Allow that can't be understood has no effect; a Deny denies what the rest of it says. A statement
 * without Action or Resource, as key policies once might have it, is about nothing.
 */
export function compileStatement(
  value: unknown,
  ref: StatementRef,
  rules: StatementRules,
): CompiledStatement {
  if (!isObject(value)) return NO_EFFECT;
  const { Effect: effect } = value;
  if (effect !== 'Allow' && effect !== 'Deny') return NO_EFFECT;
  if (isAboutNothing(value, rules.kind)) return { statement: undefined, understood: true };
  const matchesAction = actionMatcher(value);
  const matchesResource = resourceMatcher(value, effect, rules);
  const named = whoIsMeant(value, rules);
  // An Allow would be for everybody but those that it names: no such document may be stored.
  const backward = effect === 'Allow' && named?.notPrincipal === true;
  const readable = matchesAction && matchesResource && named && !backward;
  if (!readable && effect === 'Allow') return NO_EFFECT;
  const conditions = compileConditions(value.Condition, effect, rules.variables);
  return {
    statement: {
      ref,
      effect,
      matchesAction: matchesAction ?? everything,
      matchesResource: matchesResource ?? everything,
      ...(named ?? { principals: EVERYBODY, notPrincipal: false }),
      conditions: conditions.all,
    },
    understood: readable === true && conditions.understood,
  };
}

function isAboutNothing(
  { Action, NotAction, Resource, NotResource }: Readonly<Record<string, unknown>>,
  kind: PolicyKind,
): boolean {
  if (Action === undefined && NotAction === undefined) return true;
  return kind !== 'trust' && Resource === undefined && NotResource === undefined;
}

const everything = () => true;

/** Undefined: it can't be understood. */
function whoIsMeant(
  { Principal: element, NotPrincipal: others }: Readonly<Record<string, unknown>>,
  { kind, principalIds }: StatementRules,
): Pick<Statement, 'principals' | 'notPrincipal'> | undefined {
  if (kind !== 'resource' && kind !== 'trust') {
    return { principals: undefined, notPrincipal: false };
  }
  const notPrincipal = element === undefined && others !== undefined;
  const principals = compilePrincipals(notPrincipal ? others : element, principalIds);
  return principals && { principals, notPrincipal };
}

const EVERYBODY: PrincipalMatcher = { forms: () => ['everyone'], excepts: () => false };

/**
 * Whether a statement is about this request, its principal aside. A condition that can't be told makes
 * a Deny deny, whatever the others are.
 */
export function isAbout(
  { effect, matchesResource, conditions }: Statement,
  request: AuthorizationRequest,
  context: ConditionContext,
): boolean {
  if (!matchesResource(request)) return false;
  let all = true;
  for (const condition of conditions) {
    const holds = condition(context);
    if (holds) continue;
    if (effect === 'Allow') return false;
    if (holds === undefined) return true;
    all = false;
  }
  return all;
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

/** Whose Resource may name an ARN by its first parts only. */
const COMPLETED: ReadonlySet<PolicyKind> = new Set(['identity', 'boundary']);

/** The whole ARN is one text to `*` and `?`: they match across `/` and `:`. */
function resourceMatcher(
  value: Readonly<Record<string, unknown>>,
  effect: Effect,
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
  // No session policy may have one; a managed policy that was passed as one can.
  if (kind === 'session' && written.some(isIncompleteArn)) return undefined;
  const patterns: Pattern[] = written.map((text) =>
    compilePattern(COMPLETED.has(kind) ? completeArn(text) : text, { wildcards: true, variables }),
  );
  return ({ resource, context }: AuthorizationRequest) => {
    let unresolved = false;
    for (const pattern of patterns) {
      const matches = matchesPattern(pattern, resource, context);
      if (matches === 'unclear') return effect === 'Deny';
      if (matches === true) return !negated;
      if (matches === 'no-value') unresolved = true;
    }
    // A pattern whose variable has no value matches no resource: NotResource leaves nothing out by it,
    // which denies; in doubt it doesn't allow.
    return negated && (effect === 'Deny' || !unresolved);
  };
}

function texts(given: unknown): string[] | undefined {
  const list = [given].flat();
  return given !== undefined && list.every((value) => typeof value === 'string')
    ? (list as string[])
    : undefined;
}
