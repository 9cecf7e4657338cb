/** Who sent a request that came through proxies, by what those say that the settings trust. */
import { isIP } from 'node:net';
import { CommonError } from '../../kernel/common-errors.js';
import { type Networks, plainAddress } from '../../kernel/networks.js';

/** Where a request came from. */
export interface Client {
  /** An IP address. */
  readonly address: string;
  /** Whether nobody could listen between it and this server, or the proxy that answers for it. */
  readonly secure: boolean;
}

/** Of the headers those that say where a request came from; of several lines of one, in their order. */
export interface ForwardingHeaders {
  readonly 'x-forwarded-for'?: string | string[] | undefined;
  readonly 'x-forwarded-proto'?: string | string[] | undefined;
}

/** More proxies than anybody has one behind the other. */
const MAX_HOPS = 32;
/** `[2001:db8::1]:443`, or an IPv4 address with a port, as some proxies write them. */
const WITH_PORT = /^(?:\[([^\]]+)\]|([0-9.]+))(?::[0-9]{1,5})?$/;

/**
 * Reads X-Forwarded-For from its end: each address that is a trusted proxy's answers for the one before
 * it, and the first that isn't is the client. What stands before that one anybody may have written. Of
 * addresses that are all trusted it is the first.
 *
 * X-Forwarded-Proto makes a request secure only where each of its values is `https`; with
 * X-Forwarded-For alone it isn't. A proxy that sends neither asks for itself.
 * @param proxy a trusted one, which has sent the request to this server
 * @throws CommonError ValidationException for what a trusted proxy doesn't write: nobody knows then whom a
 * condition on aws:SourceIp is about
 */
export function forwardedClient(
  proxy: Client,
  headers: ForwardingHeaders,
  trusted: Pick<Networks, 'has'>,
): Client {
  const hops = joined(headers['x-forwarded-for']);
  const protocols = joined(headers['x-forwarded-proto']);
  if (hops === undefined && protocols === undefined) return proxy;
  return {
    address: hops === undefined ? proxy.address : clientIn(hops, trusted),
    secure: protocols !== undefined && areSecure(protocols),
  };
}

function clientIn(hops: string, trusted: Pick<Networks, 'has'>): string {
  let end = hops.length;
  for (let hop = 0; hop < MAX_HOPS; hop += 1) {
    const comma = hops.lastIndexOf(',', end - 1);
    const address = addressIn(hops.slice(comma + 1, end).trim());
    if (address === undefined) break;
    if (comma < 0 || !trusted.has(address)) return address;
    end = comma;
    // Before a comma at the very beginning there is nothing.
    if (end === 0) break;
  }
  throw new CommonError(
    'ValidationException',
    'The X-Forwarded-For header that the proxy has sent is no list of IP addresses.',
  );
}

function addressIn(hop: string): string | undefined {
  if (hop.includes('%') || hop.length > 64) return undefined;
  if (isIP(hop) !== 0) return plainAddress(hop);
  const [, six, four] = WITH_PORT.exec(hop) ?? [];
  if (six !== undefined) return isIP(six) === 6 ? plainAddress(six) : undefined;
  return four !== undefined && isIP(four) === 4 ? four : undefined;
}

function areSecure(protocols: string): boolean {
  return protocols.split(',').every((protocol) => protocol.trim().toLowerCase() === 'https');
}

function joined(lines: string | string[] | undefined): string | undefined {
  return Array.isArray(lines) ? lines.join(',') : lines;
}
