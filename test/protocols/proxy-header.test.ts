/** The PROXY protocol's header, of either version, and all that isn't one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readProxyHeader } from '../../src/protocols/http/proxy-header.js';
import { binaryHeader, type HeaderParts, tlv } from '../support/proxy-header.js';

const line = (text: string) => Buffer.from(`${text}\r\n`, 'latin1');
const found = (source: string | undefined, secure = false) =>
  expect.objectContaining({ source, secure });

const V4: HeaderParts = { family: 0x11, source: [192, 0, 2, 1], destination: [10, 0, 0, 1] };
const V6: HeaderParts = {
  family: 0x21,
  source: [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  destination: Array(16).fill(0),
};
const MAPPED = [...Array(10).fill(0), 255, 255, 192, 0, 2, 1];
const ssl = (client: number) => tlv(0x20, [client, 0, 0, 0, 0]);

const GOOD: readonly [name: string, header: Buffer, found: unknown][] = [
  ['TCP4', line('PROXY TCP4 192.0.2.1 10.0.0.1 56324 443'), found('192.0.2.1')],
  ['TCP6', line('PROXY TCP6 2001:db8::1 ::1 56324 443'), found('2001:db8::1')],
  ['TCP6, mapped', line('PROXY TCP6 ::ffff:192.0.2.1 ::1 56324 443'), found('192.0.2.1')],
  ['UNKNOWN', line('PROXY UNKNOWN'), found(undefined)],
  ['UNKNOWN with words', line('PROXY UNKNOWN ffff::1 ffff::2 1 2'), found(undefined)],
  ['2, IPv4', binaryHeader(V4), found('192.0.2.1')],
  ['2, IPv6', binaryHeader(V6), found('2001:db8::1')],
  ['2, mapped', binaryHeader({ ...V6, source: MAPPED }), found('192.0.2.1')],
  ['2, TLS', binaryHeader({ ...V4, rest: ssl(1) }), found('192.0.2.1', true)],
  ['2, no TLS', binaryHeader({ ...V4, rest: ssl(0) }), found('192.0.2.1', false)],
  [
    '2, others',
    binaryHeader({ ...V4, rest: [...tlv(4, [0]), ...ssl(7)] }),
    found('192.0.2.1', true),
  ],
  ['2, LOCAL', binaryHeader({ ...V4, command: 0x20, rest: ssl(1) }), found(undefined)],
  ['2, unspecified', binaryHeader({ family: 0, source: [], destination: [] }), found(undefined)],
];

const BAD: readonly [name: string, header: Buffer][] = [
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n')],
  ['TLS', Buffer.from([0x16, 3, 1, 2, 0])],
  ['small letters', line('proxy TCP4 192.0.2.1 10.0.0.1 1 2')],
  ['UDP4', line('PROXY UDP4 192.0.2.1 10.0.0.1 1 2')],
  ['another version of address', line('PROXY TCP4 2001:db8::1 ::1 1 2')],
  ['no address', line('PROXY TCP4 192.0.2.256 10.0.0.1 1 2')],
  ['no port', line('PROXY TCP4 192.0.2.1 10.0.0.1 1 65536')],
  ['two blanks', line('PROXY TCP4  192.0.2.1 10.0.0.1 1 2')],
  ['more words', line('PROXY TCP4 192.0.2.1 10.0.0.1 1 2 3')],
  ['no CR', Buffer.from(`PROXY TCP4 192.0.2.1 10.0.0.1 1 2\n${' '.repeat(100)}`)],
  ['too long a line', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(100)}\r\n`)],
  ['2, another command', binaryHeader({ ...V4, command: 0x22 })],
  ['2, another version', binaryHeader({ ...V4, command: 0x11 })],
  ['2, UDP', binaryHeader({ ...V4, family: 0x12 })],
  [
    '2, a Unix socket',
    binaryHeader({ family: 0x31, source: Array(108).fill(0), destination: Array(108).fill(0) }),
  ],
  ['2, addresses cut short', binaryHeader({ ...V4, family: 0x21 })],
  ['2, a value cut short', binaryHeader({ ...V4, rest: [0x20, 0, 9, 1] })],
  ['2, TLS cut short', binaryHeader({ ...V4, rest: tlv(0x20, [1]) })],
  ['2, too long', binaryHeader({ ...V4, rest: Array(5000).fill(0) })],
];

describe('a header', () => {
  it.each(GOOD)('%s is read, up to where it ends', (_, header, expected) => {
    expect(readProxyHeader(header)).toEqual(expected);
    const followed = Buffer.concat([header, Buffer.from('GET / HTTP/1.1\r\n\r\n')]);
    expect(readProxyHeader(followed)).toEqual(expected);
    expect(readProxyHeader(followed)).toMatchObject({ length: header.length });
  });

  it.each(GOOD)('%s is waited for to its end', (_, header) => {
    for (let length = 0; length < header.length; length += 1) {
      expect(readProxyHeader(header.subarray(0, length))).toBe('incomplete');
    }
  });

  it.each(BAD)('is not %s', (_, header) => {
    expect(readProxyHeader(header)).toBe('invalid');
  });
});

it('of any octets something is said, and 4,112 are enough to say it', () => {
  const starts = fc.constantFrom(
    Buffer.alloc(0),
    Buffer.from('PROXY '),
    Buffer.from('PROXY TCP4 '),
    binaryHeader(V4).subarray(0, 14),
  );
  fc.assert(
    fc.property(starts, fc.uint8Array({ maxLength: 300 }), (start, octets) => {
      const head = Buffer.concat([start, octets]);
      const read = readProxyHeader(head);
      if (typeof read === 'object') expect(read.length).toBeLessThanOrEqual(head.length);
      const long = Buffer.concat([head, Buffer.alloc(4112)]);
      expect(readProxyHeader(long)).not.toBe('incomplete');
    }),
  );
});
