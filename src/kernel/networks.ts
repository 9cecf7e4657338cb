/** Sets of IP networks, as settings name them. */
import { BlockList, isIP } from 'node:net';

const BITS = { 4: 32, 6: 128 } as const;
const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;

/**
 * An address in one form: an IPv4 address mapped into IPv6 (RFC 4291, 2.5.5.2), as a listener for both
 * shows its peers, is the IPv4 address; a zone (RFC 4007) is left out.
 * @returns undefined for what is no address
 */
export function plainAddress(text: string | undefined): string | undefined {
  if (text === undefined || isIP(text) === 0) return undefined;
  const [unzoned = ''] = text.split('%');
  return MAPPED.exec(unzoned)?.[1] ?? unzoned;
}

interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

export class Networks {
  readonly #list = new BlockList();

  /**
   * @param texts addresses, or networks such as `10.0.0.0/8` and `fd00::/8`
   * @throws RangeError naming one that is neither
   */
  constructor(texts: readonly string[]) {
    for (const text of texts) {
      const network = readNetwork(text);
      if (!network) throw new RangeError(`${text} is no address and no network`);
      this.#list.addSubnet(network.address, network.prefix, network.family);
    }
  }

  /** Whether an address, in the form of `plainAddress`, is in one of them. */
  has(address: string): boolean {
    return this.#list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
}

/** Whether it is an address, or a network of some but not of all. */
export function isNetwork(text: string): boolean {
  return readNetwork(text) !== undefined;
}

function readNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/');
  const written = slash === -1 ? text : text.slice(0, slash);
  const address = written.includes('%') ? undefined : plainAddress(written);
  // A prefix of a mapped address would count bits that the IPv4 address doesn't have.
  if (address === undefined || (slash !== -1 && address !== written)) return undefined;
  const version = isIP(address) === 4 ? 4 : 6;
  const length = slash === -1 ? String(BITS[version]) : text.slice(slash + 1);
  const prefix = /^[1-9][0-9]{0,2}$/.test(length) ? Number(length) : Number.NaN;
  if (!(prefix <= BITS[version])) return undefined;
  return { address, prefix, family: `ipv${version}` };
}
