import { isoSeconds } from '../kernel/time.js';

/** Deeper than any shape of the KMS model nests; what lies below is left out. */
const MAX_DEPTH = 8;

type Loggable = string | number | boolean | null | Loggable[] | { [name: string]: Loggable };

/**
 * What the audit trail may show of an operation's input or output: the members named, and nothing
 * else, as a deep copy in CloudTrail's spelling. `Credentials.AccessKeyId` is one member of a member.
 *
 * Structure members change from UpperCamel to lowerCamel; the keys of an encryption context stay as
 * the caller sent them. Dates are ISO 8601, in UTC, to the second. Octets never appear, even when named:
 * only strings, numbers, booleans, dates, lists and plain objects are copied.
 *
 * @returns null when nothing is left, as CloudTrail has it.
 */
export function pickParameters(
  source: object | undefined,
  names: readonly string[],
): Record<string, unknown> | null {
  if (source === undefined) return null;
  const members = new Map<string, Loggable>();
  for (const name of names) {
    const [outer = '', inner] = name.split('.');
    const copy = inner === undefined ? pickOne(source, name) : pickWithin(source, outer, inner);
    if (copy === undefined) continue;
    const before = members.get(lowerCamel(outer));
    const both = inner !== undefined && Object(copy) === copy && Object(before) === before;
    members.set(lowerCamel(outer), both ? Object.assign({}, before, copy) : copy);
  }
  return members.size === 0 ? null : Object.fromEntries(members);
}

function pickOne(source: object, name: string): Loggable | undefined {
  if (!Object.hasOwn(source, name)) return undefined;
  return copyMember(name, (source as Record<string, unknown>)[name], 1);
}

/** One member of a structure, as that structure with it alone. */
function pickWithin(source: object, outer: string, inner: string): Loggable | undefined {
  const structure = Object.hasOwn(source, outer)
    ? (source as Record<string, unknown>)[outer]
    : undefined;
  if (typeof structure !== 'object' || structure === null) return undefined;
  const copy = pickOne(structure, inner);
  return copy === undefined ? undefined : { [lowerCamel(inner)]: copy };
}

function copyMember(name: string, value: unknown, depth: number): Loggable | undefined {
  return copyValue(value, depth, name.includes('EncryptionContext'));
}

function copyValue(value: unknown, depth: number, isMap: boolean): Loggable | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : undefined;
    case 'object':
      return value === null ? undefined : copyObject(value, depth, isMap);
    default:
      return undefined;
  }
}

function copyObject(value: object, depth: number, isMap: boolean): Loggable | undefined {
  if (value instanceof Date) return dateOf(value);
  if (depth > MAX_DEPTH) return undefined;
  if (Array.isArray(value)) {
    return value
      .map((item) => copyValue(item, depth + 1, isMap))
      .filter((item) => item !== undefined);
  }
  if (!isPlain(value)) return undefined;
  // fromEntries defines own members, so that a context key `__proto__` is recorded like any other.
  const members: [string, Loggable][] = [];
  for (const [name, member] of Object.entries(value)) {
    const copy = isMap ? copyValue(member, depth + 1, true) : copyMember(name, member, depth + 1);
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

/** As CloudTrail was recorded to write a key's dates. */
function dateOf(date: Date): string | undefined {
  return Number.isNaN(date.getTime()) ? undefined : isoSeconds(date);
}
