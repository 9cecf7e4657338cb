import { expect, it } from 'vitest';
import { IssuerAddresses } from '../../../../src/services/iam/oidc/issuer-address.js';

const PUBLIC = ['8.8.8.8', '1.1.1.1', '172.15.0.1', '172.32.0.1', '2606:4700::1111', '2a00::1'];
const NOT_PUBLIC = [
  ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.0.1', '169.254.169.254'],
  ...['172.16.0.1', '172.31.255.255', '192.168.1.1', '192.0.0.8', '198.18.0.1', '224.0.0.1'],
  ...['240.0.0.1', '255.255.255.255', '::', '::1', '::ffff:127.0.0.1', '::ffff:a00:1', '::7f00:1'],
  ...['fe80::1', 'fc00::1', 'fd12::1', 'ff02::1', 'fec0::1', '64:ff9b::7f00:1', '2001::1'],
  ...['2002:7f00:1::', '2001:db8::1', '100::1'],
];

const usual = new IssuerAddresses([]);

it.each(PUBLIC)('%s is called', (address) => expect(usual.allows(address)).toBe(true));
it.each(NOT_PUBLIC)('%s is not called', (address) => expect(usual.allows(address)).toBe(false));
it.each(['', 'localhost', '127.1', '0x7f000001', '10.0.0.1/8'])('%j is no address', (text) =>
  expect(usual.allows(text)).toBe(false),
);

it('a network is allowed where the configuration names it, and no other', () => {
  const allowing = new IssuerAddresses(['10.1.0.0/16', 'fd00::/8', '::1/128']);
  const allowed = [...NOT_PUBLIC, '10.2.0.1'].filter((address) => allowing.allows(address));
  expect(allowed).toEqual(['10.1.2.3', '::1', 'fd12::1']);
});

it('a v6 network of everything allows no v4 address', () => {
  expect(new IssuerAddresses(['::/0']).allows('127.0.0.1')).toBe(false);
});

it.each(['10.0.0.0/33', '300.0.0.0/8', 'fd00::1/8'])('%s is no network', (network) =>
  expect(() => new IssuerAddresses([network])).toThrow(`${network} is no network`),
);

it.each([
  ['127.0.0.1', 'refused'],
  ['[::1]', 'refused'],
  ['8.8.8.8', 'taken'],
  ['localhost', 'taken'],
])('the host %s is %s before it is looked up', (host, what) => {
  const check = () => usual.checkHost(host);
  if (what === 'taken') check();
  else expect(check).toThrow(host.replace(/[[\]]/g, ''));
});
