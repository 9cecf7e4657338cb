/** A statement's Condition block: AND over operators and keys, OR over values. authorization.md §6. */
import type { Condition } from './model.js';
import { OPERATORS, type ValueTest } from './operators.js';
import type { ConditionContext, ConditionValue } from './request.js';

/** No sensible policy comes near; a block beyond it is not understood. */
const MAX_CONDITIONS = 20_000;

/**
 * Compiles a Condition element.
 * @returns undefined when it can't be understood: it must neither allow nor keep a Deny from denying.
 */
export function compileConditions(block: unknown, variables: boolean): Condition[] | undefined {
  if (block === undefined) return [];
  if (!isObject(block)) return undefined;
  const conditions: Condition[] = [];
  for (const [operator, keys] of Object.entries(block)) {
    if (!isObject(keys)) return undefined;
    for (const [key, values] of Object.entries(keys)) {
      const condition = compileCondition(operator, key.toLowerCase(), values, variables);
      if (!condition || conditions.length >= MAX_CONDITIONS) return undefined;
      conditions.push(condition);
    }
  }
  return conditions;
}

interface OperatorName {
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
  key: string,
  given: unknown,
  variables: boolean,
): Condition | undefined {
  const operator = readOperator(written);
  const values = texts(given);
  if (!operator || !values) return undefined;
  if (operator.name === 'null') return compileNull(key, values);
  const { compile, negated } = OPERATORS[operator.name] ?? {};
  if (!compile) return undefined;
  const tests = values
    .map((value) => compile(value, variables))
    .filter((test) => test !== undefined);
  const matches = (value: string, context: ConditionContext) =>
    negated ? !anyMatches(tests, value, context) : anyMatches(tests, value, context);
  const { set, ifExists } = operator;
  return (context) => {
    const found = present(context.get(key));
    if (found === undefined)
      return set === 'all' || ifExists || (negated === true && set !== 'any');
    if (typeof found === 'string') return matches(found, context);
    if (set === 'all') return found.every((value) => matches(value, context));
    // Without a set operator several values count as a negated "none of them" or a positive "one of them".
    if (negated && set === undefined) return found.every((value) => matches(value, context));
    return found.some((value) => matches(value, context));
  };
}

/** A variable without value: a positive match fails, a negated one succeeds. */
function anyMatches(
  tests: readonly ValueTest[],
  value: string,
  context: ConditionContext,
): boolean {
  for (const test of tests) if (test(value, context)) return true;
  return false;
}

function compileNull(key: string, values: readonly string[]): Condition | undefined {
  const wanted = values.map((value) => value.toLowerCase());
  if (wanted.some((value) => value !== 'true' && value !== 'false')) return undefined;
  return (context) => wanted.includes(String(present(context.get(key)) === undefined));
}

/** An empty list is as good as no key. */
function present(value: ConditionValue | undefined): ConditionValue | undefined {
  return value === undefined || (typeof value !== 'string' && value.length === 0)
    ? undefined
    : value;
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
