import { describe, expect, it } from 'vitest';
import { isNetwork, Networks, plainAddress } from '../../src/kernel/networks.js';

describe('a network of a setting', () => {
  it.each([
    ['10.0.0.5', '10.0.0.5', true],
    ['10.0.0.5', '10.0.0.6', false],
    ['10.1.0.0/16', '10.1.255.255', true],
    ['10.1.0.0/16', '10.2.0.0', false],
    ['10.1.2.3/16', '10.1.9.9', true],
    ['128.0.0.0/1', '127.255.255.255', false],
    ['fd00::/8', 'fdff::1', true],
    ['fd00::/8', 'fe00::1', false],
    ['::1', '::1', true],
    ['::ffff:10.0.0.5', '10.0.0.5', true],
    // One version is never in the other's.
    ['8000::/1', '192.0.2.1', false],
    ['128.0.0.0/1', '8000::1', false],
  ])('%s has %s: %s', (network, address, has) => {
    expect(isNetwork(network)).toBe(true);
    expect(new Networks([network]).has(address)).toBe(has);
  });

  it.each([
    ...['', 'localhost', '10.0.0', '10.0.0.256', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/-1'],
    ...['10.0.0.0/08', '10.0.0.0/8/8', 'fd00::/129', 'fe80::1%eth0', '::ffff:10.0.0.0/8', ' ::1'],
    // Everybody.
    ...['0.0.0.0/0', '::/0', '1.2.3.4/0'],
  ])('is not %j', (text) => {
    expect(isNetwork(text)).toBe(false);
    expect(() => new Networks([text])).toThrow(RangeError);
  });
});

describe('an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['example.com', undefined],
    [undefined, undefined],
  ])('%s is %s', (text, address) => {
    expect(plainAddress(text)).toBe(address);
  });
});
