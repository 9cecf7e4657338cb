/** Whom X-Forwarded-For and X-Forwarded-Proto name: a wrong address is a wrong allow. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommonError } from '../../src/kernel/common-errors.js';
import { Networks } from '../../src/kernel/networks.js';
import { forwardedClient } from '../../src/protocols/http/forwarded.js';

const trusted = new Networks(['10.0.0.0/8', 'fd00::/8']);
const proxy = { address: '10.0.0.1', secure: false };

const clientOf = (hops?: string | string[], protocols?: string) =>
  forwardedClient(proxy, { 'x-forwarded-for': hops, 'x-forwarded-proto': protocols }, trusted);

describe('the client is the last that is no trusted proxy', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['203.0.113.9, 192.0.2.1', '192.0.2.1'],
    ['203.0.113.9,192.0.2.1,10.9.9.9', '192.0.2.1'],
    ['203.0.113.9 , 192.0.2.1 , 10.9.9.9, fd00::2', '192.0.2.1'],
    // What stands before the client it has written itself.
    ['unknown, 192.0.2.1', '192.0.2.1'],
    ['10.0.0.7, 192.0.2.1', '192.0.2.1'],
    [['203.0.113.9', '192.0.2.1, 10.0.0.2'], '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['192.0.2.1:49152', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['203.0.113.9, ::ffff:10.0.0.2', '203.0.113.9'],
    ['10.0.0.7', '10.0.0.7'],
    ['10.0.0.7, 10.0.0.8', '10.0.0.7'],
  ])('%s: %s', (hops, address) => {
    expect(clientOf(hops)).toEqual({ address, secure: false });
  });

  it.each([
    ...['', ' ', ',', 'unknown', '_hidden', '192.0.2.1,', '192.0.2.1, 10.0.0.2,', ',10.0.0.2'],
    ...['192.0.2', '192.0.2.1:', '192.0.2.1:123456', '192.0.2.256', '192.0.2.1;x', '010.0.0.1'],
    ...['[192.0.2.1]', '[2001:db8::1', '2001:db8::1]:443', 'fe80::1%eth0', '"192.0.2.1"'],
    Array.from({ length: 33 }, () => '10.0.0.2').join(','),
    `${'9'.repeat(20_000)}`,
  ])('what names nobody is refused: %j', (hops) => {
    expect(() => clientOf(hops, 'https')).toThrow(CommonError);
  });

  it('of a proxy that says nothing it is the proxy', () => {
    expect(clientOf()).toBe(proxy);
  });

  const four = fc.ipV4();
  const six = fc.ipV6();

  it('whatever the client writes before', () => {
    const client = fc.oneof(four, six).filter((address) => !isTrusted(address));
    const proxies = fc.array(fc.constantFrom('10.1.2.3', 'fd00::7', '::ffff:10.0.0.9'), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(fc.string(), client, proxies, (written, address, hops) => {
        const alone = clientOf([address, ...hops].join(', '));
        expect(clientOf([written, address, ...hops].join(', '))).toEqual(alone);
        expect(isTrusted(alone.address)).toBe(false);
      }),
    );
  });

  it('an address or a refusal, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0123456789abcdef:.,[] %'.split('')) }),
        (hops) => {
          try {
            expect(clientOf(hops).address).toMatch(/^[0-9a-f:.]+$/);
          } catch (error) {
            expect(error).toMatchObject({ code: 'ValidationException' });
          }
        },
      ),
    );
  });

  function isTrusted(address: string): boolean {
    const mapped = /^::ffff:([0-9.]+)$/i.exec(address)?.[1];
    return trusted.has(mapped ?? address);
  }
});

describe('secure is what each proxy says to be', () => {
  it.each([
    ['192.0.2.1', 'https', true],
    ['192.0.2.1', 'HTTPS', true],
    ['192.0.2.1', 'https, https', true],
    ['192.0.2.1', 'http', false],
    ['192.0.2.1', 'http, https', false],
    ['192.0.2.1', 'https, http', false],
    ['192.0.2.1', 'https,', false],
    ['192.0.2.1', '', false],
    ['192.0.2.1', 'wss', false],
    ['192.0.2.1', undefined, false],
    [undefined, 'https', true],
    [undefined, 'http', false],
  ])('for %s, proto %s: %s', (hops, protocols, secure) => {
    for (const own of [true, false]) {
      const headers = { 'x-forwarded-for': hops, 'x-forwarded-proto': protocols };
      expect(forwardedClient({ ...proxy, secure: own }, headers, trusted).secure).toBe(secure);
    }
  });
});
