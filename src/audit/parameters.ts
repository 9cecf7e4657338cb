import { isoSeconds } from '../kernel/time.js';

/** Deeper than any shape of the KMS model nests; what lies below is left out. */
const MAX_DEPTH = 8;

/** How a service's dates are printed, in UTC: `2022-08-10T22:38:27Z`, or `Aug 10, 2022, 10:38:27 PM`. */
export type DateForm = 'iso' | 'spelt';

type Loggable = string | number | boolean | null | Loggable[] | { [name: string]: Loggable };

/**
 * What the audit trail may show of an operation's input or output: the members named, and nothing
 * else, as a deep copy in CloudTrail's spelling. `Credentials.AccessKeyId` is one member of a member.
 *
 * Structure members change from UpperCamel to lowerCamel; the keys of an encryption context stay as
 * the caller sent them. Dates are as `dates` has them. Octets never appear, even when named:
 * only strings, numbers, booleans, dates, lists and plain objects are copied.
 *
 * @returns null when nothing is left, as CloudTrail has it.
 */
export function pickParameters(
  source: object | undefined,
  names: readonly string[],
  dates: DateForm = 'spelt',
): Record<string, unknown> | null {
  if (source === undefined) return null;
  const members = new Map<string, Loggable>();
  for (const name of names) {
    const [outer = '', inner] = name.split('.');
    const copy =
      inner === undefined ? pickOne(source, name, dates) : pickWithin(source, outer, inner, dates);
    if (copy === undefined) continue;
    const before = members.get(lowerCamel(outer));
    const both = inner !== undefined && Object(copy) === copy && Object(before) === before;
    members.set(lowerCamel(outer), both ? Object.assign({}, before, copy) : copy);
  }
  return members.size === 0 ? null : Object.fromEntries(members);
}

function pickOne(source: object, name: string, dates: DateForm): Loggable | undefined {
  if (!Object.hasOwn(source, name)) return undefined;
  return copyMember(name, (source as Record<string, unknown>)[name], 1, dates);
}

/** One member of a structure, as that structure with it alone. */
function pickWithin(
  source: object,
  outer: string,
  inner: string,
  dates: DateForm,
): Loggable | undefined {
  const structure = Object.hasOwn(source, outer)
    ? (source as Record<string, unknown>)[outer]
    : undefined;
  if (typeof structure !== 'object' || structure === null) return undefined;
  const copy = pickOne(structure, inner, dates);
  return copy === undefined ? undefined : { [lowerCamel(inner)]: copy };
}

function copyMember(
  name: string,
  value: unknown,
  depth: number,
  dates: DateForm,
): Loggable | undefined {
  return copyValue(value, depth, name.includes('EncryptionContext'), dates);
}

function copyValue(
  value: unknown,
  depth: number,
  isMap: boolean,
  dates: DateForm,
): Loggable | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : undefined;
    case 'object':
      return value === null ? undefined : copyObject(value, depth, isMap, dates);
    default:
      return undefined;
  }
}

function copyObject(
  value: object,
  depth: number,
  isMap: boolean,
  dates: DateForm,
): Loggable | undefined {
  if (value instanceof Date) return printed(value, dates);
  if (depth > MAX_DEPTH) return undefined;
  if (Array.isArray(value)) {
    return value
      .map((item) => copyValue(item, depth + 1, isMap, dates))
      .filter((item) => item !== undefined);
  }
  if (!isPlain(value)) return undefined;
  // fromEntries defines own members, so that a context key `__proto__` is recorded like any other.
  const members: [string, Loggable][] = [];
  for (const [name, member] of Object.entries(value)) {
    const copy = isMap
      ? copyValue(member, depth + 1, true, dates)
      : copyMember(name, member, depth + 1, dates);
    if (copy !== undefined) members.push([isMap ? name : lowerCamel(name), copy]);
  }
  return Object.fromEntries(members);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function lowerCamel(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

function printed(date: Date, dates: DateForm): string | undefined {
  if (Number.isNaN(date.getTime())) return undefined;
  return dates === 'iso' ? isoSeconds(date) : spelt(date);
}

function spelt(date: Date): string {
  const twoDigits = (value: number) => String(value).padStart(2, '0');
  const hours = date.getUTCHours();
  const day = `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
  const minutes = twoDigits(date.getUTCMinutes());
  const seconds = twoDigits(date.getUTCSeconds());
  return `${day}, ${hours % 12 || 12}:${minutes}:${seconds} ${hours < 12 ? 'AM' : 'PM'}`;
}
