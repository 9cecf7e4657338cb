/** A statement's Condition block: AND over operators and keys, OR over values. authorization.md §6. */
import { hasSource } from './known-keys.js';
import type { Condition, Effect } from './model.js';
import { isTrue, OPERATORS, type Operator, type ValueTest } from './operators.js';
import { type ConditionContext, type ConditionValue, Variants } from './request.js';

/** No sensible policy comes near; a block beyond it is not understood. */
const MAX_CONDITIONS = 20_000;

/** A Condition element, compiled. */
export interface Conditions {
  readonly all: readonly Condition[];
  /** Whether each is one that may be stored today. */
  readonly understood: boolean;
}

const NOT_UNDERSTOOD: Conditions = { all: [() => undefined], understood: false };

/**
 * Compiles a Condition element of a statement with this effect. What can't be understood is one
 * condition that can't be told.
 */
export function compileConditions(block: unknown, effect: Effect, variables: boolean): Conditions {
  if (block === undefined) return { all: [], understood: true };
  if (!isObject(block)) return NOT_UNDERSTOOD;
  const conditions: Condition[] = [];
  let understood = true;
  for (const [operator, keys] of Object.entries(block)) {
    if (!isObject(keys)) return NOT_UNDERSTOOD;
    for (const [name, values] of Object.entries(keys)) {
      const key = name.toLowerCase();
      const holds = compileCondition(operator, values, variables);
      if (!holds || conditions.length >= MAX_CONDITIONS) return NOT_UNDERSTOOD;
      const known = hasSource(key);
      understood &&= known && areStorable(operator, values, variables);
      conditions.push((context) => {
        const found = present(context.get(key));
        if (found === undefined && !known) return undefined;
        return found instanceof Variants
          ? amongVariants(found, effect, (value) => holds(value, context))
          : holds(found, context);
      });
    }
  }
  return { all: conditions, understood };
}

/** Whether a policy with these values under this operator may be stored. */
export function areStorable(written: string, given: unknown, variables: boolean): boolean {
  const values = texts(given);
  const storable = OPERATORS[readOperator(written)?.name ?? '']?.storable;
  return values !== undefined && (!storable || values.every((value) => storable(value, variables)));
}

/** Whether a condition holds for what its key is in the request; undefined: it can't be told. */
type KeyCondition = (
  found: Exclude<ConditionValue, Variants> | undefined,
  context: ConditionContext,
) => boolean | undefined;

export interface OperatorName {
  readonly set: 'all' | 'any' | undefined;
  readonly name: string;
  readonly ifExists: boolean;
}

const OPERATOR = /^(?:(forallvalues|foranyvalue):)?([a-z]{1,40}?)(ifexists)?$/;

/** Takes an operator's name apart: set operator, comparison, `IfExists`; undefined: there is none such. */
export function readOperator(written: string): OperatorName | undefined {
  const [, set, name = '', ifExists] = OPERATOR.exec(written.toLowerCase().slice(0, 80)) ?? [];
  const known = name === 'null' ? !ifExists && !set : Object.hasOwn(OPERATORS, name);
  if (!known) return undefined;
  return {
    set: set === 'forallvalues' ? 'all' : set === 'foranyvalue' ? 'any' : undefined,
    name,
    ifExists: ifExists !== undefined,
  };
}

function compileCondition(
  written: string,
  given: unknown,
  variables: boolean,
): KeyCondition | undefined {
  const operator = readOperator(written);
  const values = texts(given);
  if (!operator || !values) return undefined;
  if (operator.name === 'null') return compileNull(values);
  const comparison = OPERATORS[operator.name];
  return comparison && compileComparison(operator, comparison, values, variables);
}

function compileComparison(
  { set, ifExists }: OperatorName,
  { compile, comparable, negated }: Operator,
  values: readonly string[],
  variables: boolean,
): KeyCondition {
  const tests = values
    .map((value) => compile(value, variables))
    .filter((test) => test !== undefined);
  const matches = (value: string, context: ConditionContext) => {
    if (comparable && !comparable(value)) return false;
    const result = anyMatches(tests, value, context);
    return result === undefined ? undefined : result !== negated;
  };
  const ofAbsent = set === 'all' || ifExists || (negated && set !== 'any');
  return (found, context) => {
    if (found === undefined) return ofAbsent;
    if (typeof found === 'string') return matches(found, context);
    // A multi-valued key wants a set operator, even with one value.
    if (set === undefined) return false;
    const results = found.map((value) => matches(value, context));
    if (results.includes(undefined)) return undefined;
    return set === 'all' ? !results.includes(false) : results.includes(true);
  };
}

/** In the order of the policy, up to the first that matches or can't be told. */
function anyMatches(
  tests: readonly ValueTest[],
  value: string,
  context: ConditionContext,
): boolean | undefined {
  for (const test of tests) {
    if (context.steps?.spend(value.length + 1) === false) return undefined;
    const result = test(value, context);
    if (result !== false) return result;
  }
  return false;
}

function amongVariants(
  { values }: Variants,
  effect: Effect,
  holds: (value: string) => boolean | undefined,
): boolean | undefined {
  const results = values.map(holds);
  if (results.length === 0) return undefined;
  if (effect === 'Deny' && results.includes(true)) return true;
  if (results.includes(undefined)) return undefined;
  return effect === 'Allow' && !results.includes(false);
}

function compileNull(values: readonly string[]): KeyCondition {
  const wanted = new Set(values.map(isTrue));
  return (found) => wanted.has(found === undefined);
}

/** An empty list is as good as no key. */
function present(value: ConditionValue | undefined): ConditionValue | undefined {
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}

/** Texts, numbers and flags, alone or in a list. */
function texts(given: unknown): string[] | undefined {
  const list = Array.isArray(given) ? given : [given];
  const values: string[] = [];
  for (const value of list) {
    if (typeof value === 'string') values.push(value);
    else if (typeof value === 'number' || typeof value === 'boolean') values.push(String(value));
    else return undefined;
  }
  return values;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
