/**
 * The PROXY protocol: what a proxy says of a connection before the connection's own octets. Source:
 * HAProxy's "The PROXY protocol", versions 1 and 2.
 */
import { isIP } from 'node:net';
import { plainAddress } from '../../kernel/networks.js';

export interface ProxyHeader {
  /** Octets of the header. */
  readonly length: number;
  /** Undefined: the proxy asks for itself, or doesn't know. */
  readonly source: string | undefined;
  /** Whether the client speaks TLS with the proxy. */
  readonly secure: boolean;
}

/** The longest first line of version 1, with its CR and LF. */
const MAX_LINE = 107;
const LINE_START = Buffer.from('PROXY ');
const LINE = /^PROXY TCP([46]) ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) ([0-9]{1,5}) ([0-9]{1,5})$/;
const UNKNOWN = /^PROXY UNKNOWN( [\x20-\x7e]*)?$/;

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const FIXED_LENGTH = 16;
/** Of what follows the fixed part: addresses, and as much again of what else a proxy may tell. */
const MAX_REST = 4096;
const LOCAL = 0x20;
const PROXY = 0x21;
/** Address family and transport: how long the addresses are. */
const FAMILIES: ReadonlyMap<number, { readonly addresses: number; readonly octets: number }> =
  new Map([
    [0x00, { addresses: 0, octets: 0 }],
    [0x11, { addresses: 12, octets: 4 }],
    [0x21, { addresses: 36, octets: 16 }],
  ]);
const TYPE_SSL = 0x20;
const CLIENT_SSL = 0x01;

/**
 * Reads the header at the beginning of a connection.
 * @returns `incomplete`: more octets must come, at most 4,112 in all; `invalid`: it is none
 */
export function readProxyHeader(head: Buffer): ProxyHeader | 'incomplete' | 'invalid' {
  if (startsAs(head, SIGNATURE)) return readBinary(head);
  if (startsAs(head, LINE_START)) return readLine(head);
  return 'invalid';
}

/** Whether it is the beginning, as far as there is one. */
function startsAs(head: Buffer, start: Buffer): boolean {
  const length = Math.min(head.length, start.length);
  return head.subarray(0, length).equals(start.subarray(0, length));
}

function readLine(head: Buffer): ProxyHeader | 'incomplete' | 'invalid' {
  const end = head.subarray(0, MAX_LINE).indexOf('\r\n');
  if (end === -1) return head.length < MAX_LINE ? 'incomplete' : 'invalid';
  const line = head.toString('latin1', 0, end);
  const length = end + 2;
  if (UNKNOWN.test(line)) return { length, source: undefined, secure: false };
  const [, version, source = '', destination = '', ...ports] = LINE.exec(line) ?? [];
  const fits =
    version !== undefined &&
    [source, destination].every((address) => isIP(address) === Number(version)) &&
    ports.every((port) => Number(port) <= 65_535);
  return fits ? { length, source: plainAddress(source), secure: false } : 'invalid';
}

function readBinary(head: Buffer): ProxyHeader | 'incomplete' | 'invalid' {
  if (head.length < FIXED_LENGTH) return 'incomplete';
  const [command, kind] = head.subarray(SIGNATURE.length);
  const rest = head.readUInt16BE(SIGNATURE.length + 2);
  if ((command !== LOCAL && command !== PROXY) || rest > MAX_REST) return 'invalid';
  const length = FIXED_LENGTH + rest;
  if (head.length < length) return 'incomplete';
  // Whatever else a LOCAL header has is to be passed over.
  if (command === LOCAL) return { length, source: undefined, secure: false };
  const family = FAMILIES.get(kind ?? -1);
  if (!family || family.addresses > rest) return 'invalid';
  const { addresses, octets } = family;
  if (octets === 0) return { length, source: undefined, secure: false };
  const source = addressOf(head.subarray(FIXED_LENGTH, FIXED_LENGTH + octets));
  const secure = readsSecure(head.subarray(FIXED_LENGTH + addresses, length));
  return secure === undefined ? 'invalid' : { length, source, secure };
}

function addressOf(octets: Buffer): string | undefined {
  if (octets.length === 4) return [...octets].join('.');
  const groups = Array.from({ length: 8 }, (_, at) => octets.readUInt16BE(2 * at).toString(16));
  const isMapped = /^(0:){5}ffff:/.test(groups.join(':'));
  return isMapped ? [...octets.subarray(12)].join('.') : canonical(groups);
}

/** As all other addresses are written: RFC 5952. */
const canonical = (groups: readonly string[]): string =>
  new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);

/** What the type-length-values say of TLS; undefined where they are cut short. */
function readsSecure(values: Buffer): boolean | undefined {
  let secure = false;
  for (let at = 0; at < values.length; ) {
    if (values.length - at < 3) return undefined;
    const end = at + 3 + values.readUInt16BE(at + 1);
    if (end > values.length) return undefined;
    if (values[at] === TYPE_SSL) {
      if (end - at < 8) return undefined;
      secure = ((values[at + 3] ?? 0) & CLIENT_SSL) !== 0;
    }
    at = end;
  }
  return secure;
}
