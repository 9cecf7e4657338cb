/**
 * The condition operators. Source: IAM User Guide, "IAM JSON policy elements: Condition operators";
 * authorization.md §6.
 */
import { BlockList, isIP } from 'node:net';
import { compilePattern, matchesPattern, type Pattern, patternText } from './pattern.js';
import type { ConditionContext } from './request.js';

/** Does one value of the request match one value of the policy? Undefined: it can't be told. */
export type ValueTest = (value: string, context: ConditionContext) => boolean | undefined;

export interface Operator {
  /** `Not…`: true when no value of the policy matches, or when the key is absent. */
  readonly negated: boolean;
  /** @returns undefined when the policy's value is none for this operator: nothing matches it. */
  readonly compile: (value: string, variables: boolean) => ValueTest | undefined;
}

const ISO_DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
const EPOCH = /^-?\d{1,15}(\.\d{1,9})?$/;
const DECIMAL = /^[+-]?\d{1,30}(\.\d{1,30})?$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

const string =
  (wildcards: boolean, ignoreCase = false) =>
  (value: string, variables: boolean) => {
    const pattern = compilePattern(value, { wildcards, variables });
    if (!ignoreCase)
      return (text: string, context: ConditionContext) => matchesPattern(pattern, text, context);
    return (text: string, context: ConditionContext) =>
      patternText(pattern, context)?.toLowerCase() === text.toLowerCase();
  };

const number = (compare: (value: number, bound: number) => boolean) => (written: string) => {
  if (!DECIMAL.test(written)) return undefined;
  const bound = Number(written);
  return (value: string) => DECIMAL.test(value) && compare(Number(value), bound);
};

/** Epoch milliseconds of an ISO 8601 text or of epoch seconds. */
function instant(text: string): number | undefined {
  if (EPOCH.test(text)) return Number(text) * 1000;
  if (!ISO_DATE.test(text)) return undefined;
  const zoned = /T/.test(text) && !/(Z|[+-]\d{2}:?\d{2})$/.test(text) ? `${text}Z` : text;
  const time = Date.parse(zoned);
  return Number.isNaN(time) ? undefined : time;
}

const date = (compare: (value: number, bound: number) => boolean) => (written: string) => {
  const bound = instant(written);
  if (bound === undefined) return undefined;
  return (value: string) => {
    const time = instant(value);
    return time !== undefined && compare(time, bound);
  };
};

const bool = (written: string, variables: boolean) => {
  const pattern = compilePattern(written, { wildcards: false, variables });
  return (value: string, context: ConditionContext) =>
    patternText(pattern, context)?.toLowerCase() === value.toLowerCase();
};

const binary = (written: string) => {
  if (!BASE64.test(written)) return undefined;
  const bytes = Buffer.from(written, 'base64');
  return (value: string) => BASE64.test(value) && bytes.equals(Buffer.from(value, 'base64'));
};

const ip = (written: string) => {
  const [address = '', prefix, ...more] = written.split('/');
  const family = isIP(address);
  const widest = family === 6 ? 128 : 32;
  const bits = prefix === undefined ? widest : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if (family === 0 || more.length > 0 || bits < 0 || bits > widest) return undefined;
  const list = new BlockList();
  list.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4');
  return (value: string) => {
    const plain =
      value.startsWith('::ffff:') && isIP(value.slice(7)) === 4 ? value.slice(7) : value;
    const kind = isIP(plain);
    return kind !== 0 && list.check(plain, kind === 6 ? 'ipv6' : 'ipv4');
  };
};

const ARN_PARTS = 6;

/** The first five parts end at a colon each; the sixth is the rest. */
function arnParts(text: string): string[] | undefined {
  const parts = text.split(':');
  if (parts.length < ARN_PARTS) return undefined;
  return [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(':')];
}

/** Colons inside `${…}` part nothing. */
function arnPatternParts(text: string, variables: boolean): string[] | undefined {
  if (!variables || !text.includes('${')) return arnParts(text);
  const parts: string[] = [''];
  let inside = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '$' && text.charAt(at + 1) === '{') inside = true;
    if (char === '}') inside = false;
    if (char === ':' && !inside && parts.length < ARN_PARTS) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts.length === ARN_PARTS ? parts : undefined;
}

const arn = (written: string, variables: boolean): ValueTest | undefined => {
  if (written === '*') return () => true;
  const patterns: Pattern[] | undefined = arnPatternParts(written, variables)?.map((part) =>
    compilePattern(part, { wildcards: true, variables }),
  );
  if (!patterns) return undefined;
  return (value, context) => {
    const parts = arnParts(value);
    if (!parts) return false;
    for (const [index, pattern] of patterns.entries()) {
      const matches = matchesPattern(pattern, parts[index] ?? '', context);
      if (!matches) return matches;
    }
    return true;
  };
};

const positive = (compile: Operator['compile']): Operator => ({ negated: false, compile });
const negative = (compile: Operator['compile']): Operator => ({ negated: true, compile });

/** By name in lower case: AWS takes operators in any case. `Null` is not a comparison: see condition.ts. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  stringequals: positive(string(false)),
  stringnotequals: negative(string(false)),
  stringequalsignorecase: positive(string(false, true)),
  stringnotequalsignorecase: negative(string(false, true)),
  stringlike: positive(string(true)),
  stringnotlike: negative(string(true)),
  numericequals: positive(number((value, bound) => value === bound)),
  numericnotequals: negative(number((value, bound) => value === bound)),
  numericlessthan: positive(number((value, bound) => value < bound)),
  numericlessthanequals: positive(number((value, bound) => value <= bound)),
  numericgreaterthan: positive(number((value, bound) => value > bound)),
  numericgreaterthanequals: positive(number((value, bound) => value >= bound)),
  dateequals: positive(date((value, bound) => value === bound)),
  datenotequals: negative(date((value, bound) => value === bound)),
  datelessthan: positive(date((value, bound) => value < bound)),
  datelessthanequals: positive(date((value, bound) => value <= bound)),
  dategreaterthan: positive(date((value, bound) => value > bound)),
  dategreaterthanequals: positive(date((value, bound) => value >= bound)),
  bool: positive(bool),
  binaryequals: positive(binary),
  ipaddress: positive(ip),
  notipaddress: negative(ip),
  arnequals: positive(arn),
  arnlike: positive(arn),
  arnnotequals: negative(arn),
  arnnotlike: negative(arn),
};
