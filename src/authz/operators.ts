/**
 * The condition operators. Source: IAM User Guide, "IAM JSON policy elements: Condition operators";
 * what AWS answered: recorded-iam.md §1.
 */
import { matchesArn, readArn, readArnPattern } from './arn-pattern.js';
import { compareDecimals, type Decimal, readDecimal } from './decimal.js';
import { readInstant } from './instant.js';
import { isInRange, readIpAddress, readIpRange } from './ip-address.js';
import {
  compilePattern,
  hasVariables,
  matchesPattern,
  patternText,
  resolvePattern,
} from './pattern.js';
import { type ConditionContext, NOTHING } from './request.js';

/** Does one value of the request match one value of the policy? Undefined: it can't be told. */
export type ValueTest = (value: string, context: ConditionContext) => boolean | undefined;

interface Comparison {
  /** @returns undefined when the policy's value is none for this operator: nothing matches it. */
  readonly compile: (value: string, variables: boolean) => ValueTest | undefined;
  /** What a value of the request must be; of any other, neither the operator nor its negation holds. */
  readonly comparable?: (value: string) => boolean;
  /** Whether a policy with this value may be stored. Missing: with every value. */
  readonly storable?: (value: string, variables: boolean) => boolean;
}

export interface Operator extends Comparison {
  /** `Not…`: true when no value of the policy matches, or when the key is absent. */
  readonly negated: boolean;
}

/** A variable without value matches nothing. */
const matched = (result: ReturnType<typeof matchesPattern>) =>
  result === 'unclear' ? undefined : result === true;

const string = (wildcards: boolean): Comparison => ({
  compile(value, variables) {
    const pattern = compilePattern(value, { wildcards, variables });
    return (text, context) => matched(matchesPattern(pattern, text, context));
  },
});

/** Letters beyond U+FFFF keep their case. */
const BEYOND = /([\u{10000}-\u{10FFFF}]+)/u;
const lowerCase = (text: string) =>
  text
    .split(BEYOND)
    .map((part) => (BEYOND.test(part) ? part : part.toLowerCase()))
    .join('');

const ignoringCase: Comparison = {
  compile(value, variables) {
    const pattern = compilePattern(value, { wildcards: false, variables });
    return (text, context) => {
      const written = patternText(pattern, context);
      if (typeof written === 'string') return matched(written);
      return lowerCase(written.text) === lowerCase(text);
    };
  },
};

/** A comparison of values that have to be read first; what can't be read matches nothing. */
function ordered<Value>(
  read: (text: string) => Value | undefined,
  holds: (value: Value, bound: Value) => boolean,
): Comparison {
  return {
    compile(written) {
      const bound = read(written);
      if (bound === undefined) return undefined;
      return (text) => {
        const value = read(text);
        return value !== undefined && holds(value, bound);
      };
    },
    storable: (written) => read(written) !== undefined,
  };
}

const numeric = (holds: (order: number) => boolean) =>
  ordered<Decimal>(readDecimal, (value, bound) => holds(compareDecimals(value, bound)));
const date = (holds: (order: number) => boolean) =>
  ordered<number>(readInstant, (value, bound) => holds(value - bound));
/** Base64 in its one canonical spelling (RFC 4648 §3.5). */
const binary = ordered<string>(
  (text) => (Buffer.from(text, 'base64').toString('base64') === text ? text : undefined),
  (value, bound) => value === bound,
);

/** `true` in any case is true; everything else is false. */
export const isTrue = (text: string) => text.toLowerCase() === 'true';

const bool: Comparison = {
  compile(value, variables) {
    const pattern = compilePattern(value, { wildcards: false, variables });
    return (text, context) => {
      const written = patternText(pattern, context);
      return typeof written === 'string' ? matched(written) : isTrue(written.text) === isTrue(text);
    };
  },
};

const ip: Comparison = {
  compile(written) {
    const range = readIpRange(written);
    if (!range) return undefined;
    return (text) => {
      const address = readIpAddress(text);
      return address !== undefined && isInRange(address, range);
    };
  },
  comparable: (text) => readIpAddress(text) !== undefined,
  storable: (written) => readIpRange(written) !== undefined,
};

const arn: Comparison = {
  compile(written, variables) {
    const pattern = compilePattern(written, { wildcards: true, variables });
    const read = (context: ConditionContext) => {
      const piece = resolvePattern(pattern, context);
      // A pattern that is no ARN spoils the statement.
      return typeof piece === 'string' ? piece : (readArnPattern(piece) ?? 'unclear');
    };
    const fixed = hasVariables(pattern) ? undefined : read(NOTHING);
    return (text, context) => {
      const value = readArn(text);
      const parts = fixed ?? read(context);
      if (!value || parts === 'no-value') return false;
      return parts === 'unclear' ? undefined : matched(matchesArn(parts, value, context));
    };
  },
  comparable: (text) => readArn(text) !== undefined,
  storable(written, variables) {
    const pattern = compilePattern(written, { wildcards: true, variables });
    // What a variable will be isn't known yet.
    if (hasVariables(pattern)) return true;
    const piece = resolvePattern(pattern, NOTHING);
    return typeof piece !== 'string' && readArnPattern(piece) !== undefined;
  },
};

const positive = (comparison: Comparison): Operator => ({ ...comparison, negated: false });
const negative = (comparison: Comparison): Operator => ({ ...comparison, negated: true });

const equal = (order: number) => order === 0;
const less = (order: number) => order < 0;
const atMost = (order: number) => order <= 0;
const greater = (order: number) => order > 0;
const atLeast = (order: number) => order >= 0;

/** By name in lower case: AWS takes operators in any case. `Null` is not a comparison: see condition.ts. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  stringequals: positive(string(false)),
  stringnotequals: negative(string(false)),
  stringequalsignorecase: positive(ignoringCase),
  stringnotequalsignorecase: negative(ignoringCase),
  stringlike: positive(string(true)),
  stringnotlike: negative(string(true)),
  numericequals: positive(numeric(equal)),
  numericnotequals: negative(numeric(equal)),
  numericlessthan: positive(numeric(less)),
  numericlessthanequals: positive(numeric(atMost)),
  numericgreaterthan: positive(numeric(greater)),
  numericgreaterthanequals: positive(numeric(atLeast)),
  dateequals: positive(date(equal)),
  datenotequals: negative(date(equal)),
  datelessthan: positive(date(less)),
  datelessthanequals: positive(date(atMost)),
  dategreaterthan: positive(date(greater)),
  dategreaterthanequals: positive(date(atLeast)),
  bool: positive(bool),
  binaryequals: positive(binary),
  ipaddress: positive(ip),
  notipaddress: negative(ip),
  arnequals: positive(arn),
  arnlike: positive(arn),
  arnnotequals: negative(arn),
  arnnotlike: negative(arn),
};
