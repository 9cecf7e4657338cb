/** IP addresses and ranges as conditions read them. Source: recorded-iam.md §1, IpAddress. */

/** An address as groups of bits: four of 8 (version 4) or eight of 16 (version 6). */
export interface IpAddress {
  readonly version: 4 | 6;
  readonly groups: readonly number[];
}

export interface IpRange extends IpAddress {
  /** How many leading bits an address must share. */
  readonly prefix: number;
}

const BITS = { 4: 8, 6: 16 } as const;
const V4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;
const PREFIX = /^\+?\d{1,8}$/;

/**
 * A request's address. A v4 address mapped into v6 (RFC 4291 §2.5.5.2) is the v4 address.
 * @returns undefined for what is no address
 */
export function readIpAddress(text: string): IpAddress | undefined {
  const dotted = readV4(MAPPED.exec(text)?.[1] ?? text);
  if (dotted) return dotted;
  const address = readV6(text);
  if (!address) return undefined;
  const { groups } = address;
  if (groups.slice(0, 5).some((group) => group !== 0) || groups[5] !== 0xffff) return address;
  const [high = 0, low = 0] = groups.slice(6);
  return { version: 4, groups: [high >> 8, high & 255, low >> 8, low & 255] };
}

/**
 * A policy's range; an address alone is a range of one. A v4 range may have bits behind its prefix, a
 * v6 range may not.
 * @returns undefined for what is no range
 */
export function readIpRange(text: string): IpRange | undefined {
  const slash = text.indexOf('/');
  const written = slash === -1 ? text : text.slice(0, slash);
  const address = readV4(written) ?? readV6(written);
  if (!address) return undefined;
  const widest = address.groups.length * BITS[address.version];
  const length = slash === -1 ? String(widest) : text.slice(slash + 1);
  const prefix = PREFIX.test(length) ? Number(length) : Number.NaN;
  if (!(prefix <= widest)) return undefined;
  const range = { ...address, prefix };
  return address.version === 6 && hasBitsBehind(range) ? undefined : range;
}

/** Whether an address lies in a range; none of one version lies in a range of the other. */
export function isInRange({ version, groups }: IpAddress, range: IpRange): boolean {
  if (version !== range.version) return false;
  return groups.every((group, index) => {
    const shift = BITS[version] - bitsOf(range, index);
    return group >> shift === (range.groups[index] ?? 0) >> shift;
  });
}

/** How many bits of a group the prefix has. */
function bitsOf({ version, prefix }: IpRange, index: number): number {
  const bits = BITS[version];
  return Math.min(bits, Math.max(0, prefix - index * bits));
}

function hasBitsBehind(range: IpRange): boolean {
  return range.groups.some((group, index) => {
    const behind = BITS[range.version] - bitsOf(range, index);
    return (group & ((1 << behind) - 1)) !== 0;
  });
}

function readV4(text: string): IpAddress | undefined {
  const groups = V4.exec(text)?.slice(1).map(Number);
  return groups?.every((group) => group <= 255) ? { version: 4, groups } : undefined;
}

/** AWS reads some odd forms: `:::` as `::`, a colon behind the last group, none before the first. */
function readV6(text: string): IpAddress | undefined {
  const plain = text.replace(':::', '::');
  const [left = '', right, ...more] = plain.split('::');
  if (text.length > 64 || plain.includes(':::') || more.length > 0) return undefined;
  const zeroFirst = left.startsWith(':') ? `0${left}` : left;
  const before = groupsOf(right === undefined ? zeroFirst.replace(/:$/, '') : zeroFirst);
  const after = groupsOf(right?.replace(/:$/, '') ?? '');
  if (!before || !after) return undefined;
  const missing = 8 - before.length - after.length;
  if (right === undefined ? missing !== 0 : missing < 1) return undefined;
  return { version: 6, groups: [...before, ...new Array<number>(missing).fill(0), ...after] };
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.map((group) => Number.parseInt(group, 16));
}
