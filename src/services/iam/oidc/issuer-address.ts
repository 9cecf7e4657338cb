/**
 * Which addresses identity providers may have. A tenant names the provider and anybody makes the server
 * call it, so by itself it calls public addresses only. Source: IANA IPv4 and IPv6 Special-Purpose
 * Address Registries; RFC 4291, 2.5.5.
 */
import { lookup as resolve } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { type IpRange, isInRange, readIpAddress, readIpRange } from '../../../authz/ip-address.js';

/** Not for the public, by IANA's registries; v4-mapped addresses are read as v4. */
const NOT_PUBLIC = ranges([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  // Teredo and its like, documentation, and 6to4, which holds a v4 address.
  ...['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
]);
/** All other v6 is for one's own network, or holds a v4 address (NAT64). */
const PUBLIC_V6 = ranges(['2000::/3']);

/** The connection was refused by this server: the address is not allowed. */
export class AddressNotAllowed extends Error {
  override readonly name = 'AddressNotAllowed';
  readonly code = 'ADDRESS_NOT_ALLOWED';
}

export class IssuerAddresses {
  readonly #allowed: readonly IpRange[];

  /** @param networks that aren't public and are allowed all the same, as CIDR */
  constructor(networks: readonly string[]) {
    this.#allowed = ranges(networks);
  }

  /** Whether a server at this address may be asked. */
  allows(text: string): boolean {
    const address = readIpAddress(text);
    if (!address) return false;
    const isIn = (list: readonly IpRange[]) => list.some((range) => isInRange(address, range));
    if (isIn(this.#allowed)) return true;
    return !isIn(NOT_PUBLIC) && (address.version === 4 || isIn(PUBLIC_V6));
  }

  /** @throws AddressNotAllowed for a host that is an address and isn't allowed: it is never looked up */
  checkHost(host: string): void {
    const bare = host.replace(/^\[|\]$/g, '');
    if (isIP(bare) !== 0 && !this.allows(bare)) throw new AddressNotAllowed(bare);
  }

  /** For `net.connect`: of a name's addresses those that are allowed, so that what was checked is called. */
  readonly lookup: LookupFunction = (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '');
      const allowed = addresses.filter(({ address }) => this.allows(address));
      const [first] = allowed;
      if (!first) return done(new AddressNotAllowed(host), '');
      return options.all ? done(null, allowed) : done(null, first.address, first.family);
    });
  };
}

function ranges(texts: readonly string[]): IpRange[] {
  return texts.map((text) => {
    const range = readIpRange(text);
    if (!range) throw new RangeError(`${text} is no network`);
    return range;
  });
}
