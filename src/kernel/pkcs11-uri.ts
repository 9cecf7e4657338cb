/** The syntax of PKCS#11 URIs (RFC 7512 §2.3). What an attribute means is its reader's affair. */

/** Why a text is no PKCS#11 URI, without what it says: a URI may hold a PIN. */
export class Pkcs11UriError extends Error {
  override readonly name = 'Pkcs11UriError';
}

/** The attributes of a URI, percent-decoded, by name and in the order in which they are written. */
export interface Pkcs11Uri {
  /** What names a library, slot, token or object. */
  readonly path: ReadonlyMap<string, Buffer>;
  /** How to get at it. */
  readonly query: ReadonlyMap<string, Buffer>;
}

const SCHEME = /^pkcs11:/i;

/** pk11-v-attr-nm-char; the names of the RFC's own attributes are made of them, too. */
const NAME = /^[A-Za-z0-9_-]+$/;

/** What may stand for itself beside percent-encoded octets: pk11-pchar and pk11-qchar. */
const PATH_VALUE = /^(?:[A-Za-z0-9\-._~:[\]@!$'()*+,=&]|%[0-9A-Fa-f]{2})*$/;
const QUERY_VALUE = /^(?:[A-Za-z0-9\-._~:[\]@!$'()*+,=/?|]|%[0-9A-Fa-f]{2})*$/;

/**
 * Reads a PKCS#11 URI. An attribute may be empty, and none may be there twice.
 * @throws Pkcs11UriError
 */
export function parsePkcs11Uri(uri: string): Pkcs11Uri {
  if (!SCHEME.test(uri)) throw new Pkcs11UriError('it does not begin with pkcs11:');
  const rest = uri.slice('pkcs11:'.length);
  const end = rest.indexOf('?');
  const path = end === -1 ? rest : rest.slice(0, end);
  const query = end === -1 ? '' : rest.slice(end + 1);
  return {
    path: attributesOf(path, ';', PATH_VALUE),
    query: attributesOf(query, '&', QUERY_VALUE),
  };
}

/** @throws Pkcs11UriError unless the octets are text in UTF-8 */
export function textOf(octets: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    throw new Pkcs11UriError('a value is not UTF-8 when it is percent-decoded');
  }
}

function attributesOf(text: string, separator: string, allowed: RegExp): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  if (text === '') return found;
  for (const part of text.split(separator)) {
    const at = part.indexOf('=');
    const name = part.slice(0, Math.max(0, at));
    const value = part.slice(at + 1);
    if (!NAME.test(name)) {
      throw new Pkcs11UriError('an attribute is not written as a name, = and a value');
    }
    if (found.has(name)) throw new Pkcs11UriError(`the attribute ${name} is there twice`);
    if (!allowed.test(value)) {
      throw new Pkcs11UriError(`${name} has a character that must be percent-encoded`);
    }
    found.set(name, octetsOf(value));
  }
  return found;
}

function octetsOf(value: string): Buffer {
  const octets = value.replaceAll(/%(..)/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(octets, 'latin1');
}
