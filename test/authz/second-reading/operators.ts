/** One value of a request against one of a policy. Source: recorded-iam.md §1. */
import { addressBits, rangeBits } from './addresses.js';
import { isLike, plainly } from './wildcards.js';

/**
 * `match` and `other` as the operator without its "Not" says; `neither`: not even the negated operator
 * holds; `broken`: an error, with which no Allow allows and every Deny denies.
 */
export type Comparison = 'match' | 'other' | 'neither' | 'broken';

type Compare = (policy: string, request: string) => Comparison;

const say = (matches: boolean): Comparison => (matches ? 'match' : 'other');

/** What can't be read equals nothing, and is neither before nor after anything. */
function ordered(read: (text: string) => readonly [bigint, number] | undefined, holds: Holds) {
  return (policy: string, request: string): Comparison => {
    const [wanted, given] = [read(policy), read(request)];
    if (!wanted || !given) return 'other';
    const scale = Math.max(wanted[1], given[1]);
    const [p, r] = [wanted, given].map(
      ([digits, places]) => digits * 10n ** BigInt(scale - places),
    );
    return say(p !== undefined && r !== undefined && holds(r, p));
  };
}

type Holds = (request: bigint, policy: bigint) => boolean;
const ORDERS: Readonly<Record<string, Holds>> = {
  equals: (r, p) => r === p,
  lessthan: (r, p) => r < p,
  lessthanequals: (r, p) => r <= p,
  greaterthan: (r, p) => r > p,
  greaterthanequals: (r, p) => r >= p,
};

/** Digits and how many of them stand behind the point. */
function decimal(text: string): readonly [bigint, number] | undefined {
  const found = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text);
  if (!found) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = found;
  if (whole + fraction === '') return undefined;
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  const places = fraction.length - Number(exponent);
  return places < 0 ? [digits * 10n ** BigInt(-places), 0] : [digits, places];
}

/** Milliseconds since 1970: four digits alone are a year, any other number is seconds. */
function instant(text: string): readonly [bigint, number] | undefined {
  if (/^[+-]?\d+$/.test(text) && !/^\d{4}$/.test(text))
    return [BigInt(text.replace('+', '')) * 1000n, 0];
  const date = /^(\d{4})(-\d\d)?(-\d\d)?(T\d\d:\d\d)?(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.exec(
    text,
  );
  if (!date) return undefined;
  const [, year, month = '-01', day = '-01', time, seconds = ':00', fraction = '', zone] = date;
  if (!time && (date[5] || date[6] || zone)) return undefined;
  const spelt = `${year}${month}${day}T${(time ?? 'T00:00').slice(1)}${seconds}${fraction.slice(0, 4)}`;
  const calendar = new Date(`${year}${month}${day}T00:00:00Z`);
  const epoch = Date.parse(`${spelt}${zone ?? 'Z'}`);
  const real = calendar.toISOString().slice(0, 10) === `${year}${month}${day}`;
  return Number.isNaN(epoch) || !real ? undefined : [BigInt(epoch), 0];
}

/** The six parts of an ARN. */
export function arn(text: string): readonly string[] | undefined {
  const parts = text.split(':');
  if (parts.length < 6 || parts[0] !== 'arn') return undefined;
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

function arnLike(policy: string, request: string): Comparison {
  const [pattern, given] = [arn(policy), arn(request)];
  if (!given) return 'neither';
  if (!pattern) return 'broken';
  return say(pattern.every((part, index) => isLike(part, given[index] ?? '')));
}

function ip(policy: string, request: string): Comparison {
  const [range, address] = [rangeBits(policy), addressBits(request)];
  if (!address) return 'neither';
  return say(range !== undefined && range.of === address.length && address.startsWith(range.bits));
}

const isTrue = (text: string) => text.toLowerCase() === 'true';
const isCanonical = (text: string) => Buffer.from(text, 'base64').toString('base64') === text;
/** Letters beyond U+FFFF stay as they are. */
const lower = (text: string) =>
  text
    .split(/([\u{10000}-\u{10FFFF}])/u)
    .map((part, index) => (index % 2 === 0 ? part.toLowerCase() : part))
    .join('');

/** By the operator's name in lower case, without set prefix, "Not" and "IfExists". */
export const COMPARE: Readonly<Record<string, Compare>> = {
  stringequals: (policy, request) => say(plainly(policy) === request),
  stringequalsignorecase: (policy, request) => say(lower(plainly(policy)) === lower(request)),
  stringlike: (policy, request) => say(isLike(policy, request)),
  bool: (policy, request) => say(isTrue(policy) === isTrue(request)),
  binaryequals: (policy, request) => say(isCanonical(request) && policy === request),
  arnequals: arnLike,
  arnlike: arnLike,
  ipaddress: ip,
  ...Object.fromEntries(
    Object.entries(ORDERS).flatMap(([name, holds]) => [
      [`numeric${name}`, ordered(decimal, holds)],
      [`date${name}`, ordered(instant, holds)],
    ]),
  ),
};

/** The operators with a negation, by its name. */
export const NEGATED: Readonly<Record<string, string>> = {
  stringnotequals: 'stringequals',
  stringnotequalsignorecase: 'stringequalsignorecase',
  stringnotlike: 'stringlike',
  numericnotequals: 'numericequals',
  datenotequals: 'dateequals',
  arnnotequals: 'arnequals',
  arnnotlike: 'arnlike',
  notipaddress: 'ipaddress',
};
