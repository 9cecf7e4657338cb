/** How conditions read values, against other readers of the same. */
import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDecimals, readDecimal } from '../../src/authz/decimal.js';
import { readInstant } from '../../src/authz/instant.js';
import { isInRange, readIpAddress, readIpRange } from '../../src/authz/ip-address.js';

describe('decimals', () => {
  /** As integers of one scale. */
  const scaled = (text: string): bigint => {
    const [, sign = '', whole = '', fraction = '', exponent = '0'] =
      /^([+-]?)(\d*)\.?(\d*)(?:e(.*))?$/.exec(text) ?? [];
    const digits =
      BigInt(whole + fraction) * 10n ** BigInt(60 + Number(exponent) - fraction.length);
    return sign === '-' ? -digits : digits;
  };
  const written = fc
    .tuple(
      fc.constantFrom('', '+', '-'),
      fc.stringMatching(/^0{0,2}[0-9]{1,25}$/),
      fc.stringMatching(/^(\.[0-9]{0,25})?$/),
      fc.constantFrom('', 'e0', 'e5', 'e-7', 'e+3'),
    )
    .map((parts) => parts.join(''));

  it('compare as integers of a common scale do', () => {
    fc.assert(
      fc.property(written, written, (a, b) => {
        const [first, second] = [readDecimal(a), readDecimal(b)];
        if (!first || !second) throw new Error(`${a} or ${b} is no number`);
        const difference = scaled(a) - scaled(b);
        const expected = difference === 0n ? 0 : difference < 0n ? -1 : 1;
        expect(Math.sign(compareDecimals(first, second))).toBe(expected);
      }),
    );
  });
});

describe('dates', () => {
  const zones = fc.constantFrom('Z', '+00:00', '-00:00', '+14:00', '-0930');
  it('are what Date says', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01'), max: new Date('9998-12-31'), noInvalidDate: true }),
        zones,
        (date, zone) => {
          const local = date.toISOString().slice(0, -1);
          const spelt = zone === 'Z' ? zone : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
          expect(readInstant(`${local}${zone}`)).toBe(Date.parse(`${local}${spelt}`));
        },
      ),
    );
  });

  it.each([
    '2026-13-01',
    '2026-02-29',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60Z',
    '2026-1-1',
    'T',
    '2026-01-01T00:00:00+24:00',
    ' 2026-01-01',
  ])('%s is none', (text) => {
    expect(readInstant(text)).toBeUndefined();
  });
});

describe('addresses', () => {
  it('lie in the ranges in which node has them', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (a, b, prefix) => {
        const list = new BlockList();
        list.addSubnet(a, prefix, 'ipv4');
        const [range, address] = [readIpRange(`${a}/${prefix}`), readIpAddress(b)];
        if (!range || !address) throw new Error('not read');
        expect(isInRange(address, range)).toBe(list.check(b, 'ipv4'));
      }),
    );
  });

  it('of version 6, too', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    const groups = fc.array(group, { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(
        groups,
        fc.nat(7),
        group,
        fc.integer({ min: 0, max: 8 }),
        (a, at, other, whole) => {
          const network = [...a.slice(0, whole), ...new Array<string>(8 - whole).fill('0')];
          const b = a.map((value, index) => (index === at ? other : value)).join(':');
          const list = new BlockList();
          list.addSubnet(network.join(':'), whole * 16, 'ipv6');
          const [range, address] = [
            readIpRange(`${network.join(':')}/${whole * 16}`),
            readIpAddress(b),
          ];
          if (!range || !address) throw new Error('not read');
          fc.pre(range.version === 6 && address.version === 6);
          expect(isInRange(address, range)).toBe(list.check(b, 'ipv6'));
        },
      ),
    );
  });
});
