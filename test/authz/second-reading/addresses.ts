/** IP addresses as bits. Source: recorded-iam.md §1.10. */

/** `0` and `1`: 32 of an IPv4 address, 128 of an IPv6 one. */
type Bits = string;

/** An address of a request; one of IPv4 in IPv6's clothes is IPv4. */
export function addressBits(text: string): Bits | undefined {
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1];
  const bits = v4(dotted ?? text) ?? v6(text);
  const mapped = '0'.repeat(80) + '1'.repeat(16);
  return bits?.length === 128 && bits.startsWith(mapped) ? bits.slice(96) : bits;
}

/** The leading bits that the addresses of a range share. */
export function rangeBits(text: string): { bits: Bits; of: number } | undefined {
  const [address = '', prefix, ...more] = text.split('/');
  if (more.length > 0) return undefined;
  const bits = v4(address) ?? v6(address);
  if (!bits) return undefined;
  if (prefix !== undefined && !/^\+?\d+$/.test(prefix)) return undefined;
  const length = prefix === undefined ? bits.length : Number(prefix);
  if (length > bits.length) return undefined;
  if (bits.length === 128 && bits.slice(length).includes('1')) return undefined;
  return { bits: bits.slice(0, length), of: bits.length };
}

function v4(text: string): Bits | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d+$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.map((part) => binary(Number(part), 8)).join('');
}

function v6(text: string): Bits | undefined {
  const tidy = text.replace(/^(.*):::(.*)$/, '$1::$2').replace(/([^:]):$/, '$1');
  const halves = tidy.split('::');
  if (halves.length > 2 || text === '') return undefined;
  const [head = [], tail] = halves.map((half, index) => groups(half, index));
  const count = head.length + (tail?.length ?? 0);
  if (tail ? count > 7 : count !== 8) return undefined;
  const all = [...head, ...Array<string>(8 - count).fill('0'), ...(tail ?? [])];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return all.map((group) => binary(Number.parseInt(group, 16), 16)).join('');
}

/** A colon before everything is a group of zero. */
function groups(half: string, index: number): readonly string[] {
  if (half === '') return [];
  return (index === 0 && half.startsWith(':') ? `0${half}` : half).split(':');
}

const binary = (value: number, width: number) => value.toString(2).padStart(width, '0');
