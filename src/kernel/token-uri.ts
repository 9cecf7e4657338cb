/** PKCS#11 URIs (RFC 7512) that name a token, with what they say of its library and its PIN. */
import { Pkcs11UriError, parsePkcs11Uri, textOf } from './pkcs11-uri.js';

/** What a library says of a token and where it sits, blanks at the end taken off. */
export interface TokenFacts {
  readonly token: {
    readonly label: string;
    readonly serial: string;
    readonly manufacturer: string;
    readonly model: string;
  };
  readonly slot: {
    readonly id: bigint;
    readonly description: string;
    readonly manufacturer: string;
  };
  readonly library: {
    readonly description: string;
    readonly manufacturer: string;
    /** major.minor */
    readonly version: string;
  };
}

export interface TokenUri {
  /** Whether a token is the one that is named. Asks only for the facts that the URI names. */
  readonly matches: (facts: TokenFacts) => boolean;
  /** The URI without its query: all that names the token, and no source of a PIN. */
  readonly name: string;
  /** Absolute path of the library, or of its directory when there is a `moduleName`. */
  readonly modulePath?: string;
  /** Name of the library without `lib` and `.so`. */
  readonly moduleName?: string;
  readonly pin?: PinSourceOfUri;
}

/** `pin-source`: a file, or a program that writes the PIN. */
export type PinSourceOfUri = { readonly file: string } | { readonly command: string };

interface PathRow {
  /** Octets at most of what it is compared with. */
  readonly bytes: number;
  readonly of: (facts: TokenFacts) => string;
  /** The form in which it is compared. Default: as it is written. */
  readonly normal?: (value: string) => string;
}

/** RFC 7512 §2.3, table 1: the attributes that name a library, a slot or a token. */
const PATH: Readonly<Record<string, PathRow>> = {
  token: { bytes: 32, of: ({ token }) => token.label },
  serial: { bytes: 16, of: ({ token }) => token.serial },
  manufacturer: { bytes: 32, of: ({ token }) => token.manufacturer },
  model: { bytes: 16, of: ({ token }) => token.model },
  'slot-id': { bytes: 20, of: ({ slot }) => String(slot.id), normal: slotNumber },
  'slot-description': { bytes: 64, of: ({ slot }) => slot.description },
  'slot-manufacturer': { bytes: 32, of: ({ slot }) => slot.manufacturer },
  'library-description': { bytes: 32, of: ({ library }) => library.description },
  'library-manufacturer': { bytes: 32, of: ({ library }) => library.manufacturer },
  'library-version': { bytes: 7, of: ({ library }) => library.version, normal: versionNumber },
};

/** Of these, those that one token has and no other. */
const TELLING = ['token', 'serial'];

const OF_OBJECTS = ['object', 'type', 'id'];

const QUERY = ['module-path', 'module-name', 'pin-source'];

/**
 * Reads a URI that names a token.
 *
 * Stricter than RFC 7512, since what isn't understood would be a wish that isn't heard: an attribute of
 * the path that is not compared with a token's, and a query attribute that has no meaning here, are
 * refused. So is `pin-value`.
 * @throws Pkcs11UriError
 */
export function readTokenUri(uri: string): TokenUri {
  const { path, query } = parsePkcs11Uri(uri);
  if (path.has('pin-value') || query.has('pin-value')) {
    throw new Pkcs11UriError(
      'it has a pin-value, and a PIN is a secret, which has no place in a setting; name its source in pin-source',
    );
  }
  const wanted = [...path].map(([name, octets]) => comparison(name, textOf(octets)));
  if (!TELLING.some((name) => path.get(name)?.length)) {
    throw new Pkcs11UriError(
      'it names neither token nor serial, which tell one token from another',
    );
  }
  const unknown = [...query.keys()].find((name) => !QUERY.includes(name));
  if (unknown !== undefined) {
    throw new Pkcs11UriError(
      `it has the query attribute ${unknown}; known are ${QUERY.join(', ')}`,
    );
  }
  const [end] = uri.split('?');
  return {
    matches: (facts) => wanted.every((agrees) => agrees(facts)),
    name: end ?? uri,
    ...members(query),
  };
}

function comparison(name: string, written: string): (facts: TokenFacts) => boolean {
  const row = Object.hasOwn(PATH, name) ? PATH[name] : undefined;
  if (!row) {
    const why = OF_OBJECTS.includes(name) ? ', which names an object and no token' : '';
    const known = Object.keys(PATH).join(', ');
    throw new Pkcs11UriError(`it has the attribute ${name}${why}; known are ${known}`);
  }
  const value = row.normal ? row.normal(written) : written.replace(/[\0 ]+$/, '');
  if (Buffer.byteLength(value) > row.bytes) {
    throw new Pkcs11UriError(`its ${name} has more than ${row.bytes} octets`);
  }
  return (facts) => row.of(facts) === value;
}

function slotNumber(written: string): string {
  // CK_SLOT_ID is a CK_ULONG.
  if (/^\d{1,20}$/.test(written) && BigInt(written) < 2n ** 64n) return String(BigInt(written));
  throw new Pkcs11UriError('its slot-id is no number of a slot');
}

/** The minor version is 0 where it isn't said. */
function versionNumber(written: string): string {
  const [, major, minor = '0'] = /^(\d{1,3})(?:\.(\d{1,3}))?$/.exec(written) ?? [];
  if (major !== undefined) return `${Number(major)}.${Number(minor)}`;
  throw new Pkcs11UriError('its library-version is not written as a number, or two with a dot');
}

function members(query: ReadonlyMap<string, Buffer>): Omit<TokenUri, 'matches' | 'name'> {
  const modulePath = given(query, 'module-path');
  if (modulePath !== undefined && !isPath(modulePath)) throw notAbsolute('module-path');
  const moduleName = given(query, 'module-name');
  if (moduleName !== undefined && !/^[A-Za-z0-9_+-][A-Za-z0-9._+-]*$/.test(moduleName)) {
    throw new Pkcs11UriError('its module-name is not the name of a library, without its directory');
  }
  const source = given(query, 'pin-source');
  return {
    ...(modulePath !== undefined && { modulePath }),
    ...(moduleName !== undefined && { moduleName }),
    ...(source !== undefined && { pin: pinSource(source) }),
  };
}

function given(query: ReadonlyMap<string, Buffer>, name: string): string | undefined {
  const octets = query.get(name);
  if (octets === undefined) return undefined;
  if (octets.length === 0) throw new Pkcs11UriError(`its ${name} is empty`);
  return textOf(octets);
}

/** RFC 7512 §2.4: a file URI (RFC 8089), or the absolute path of a command after a bar. */
function pinSource(source: string): PinSourceOfUri {
  if (source.startsWith('|')) {
    const command = source.slice(1);
    if (!isPath(command)) throw notAbsolute('pin-source, after the bar,');
    if (/\s/.test(command)) {
      throw new Pkcs11UriError(
        'its pin-source is a command with blanks, and no shell takes it apart: write a program that has arguments as pinCommand',
      );
    }
    return { command };
  }
  const path = source.startsWith('/') ? source : filePath(source);
  if (!isPath(path)) throw notAbsolute('pin-source');
  return { file: path };
}

/** The path in `file:/path`, `file:///path` or `file://localhost/path`. */
function filePath(source: string): string {
  const [, path] = /^file:(?:\/\/(?:localhost)?)?(\/[^?#]*)$/i.exec(source) ?? [];
  if (path !== undefined && !path.startsWith('//')) {
    try {
      return decodeURIComponent(path);
    } catch {
      // As below.
    }
  }
  throw new Pkcs11UriError(
    'its pin-source is neither a file URI with an absolute path, nor such a path, nor | and the path of a command',
  );
}

function isPath(path: string): boolean {
  return /^\/\P{Cc}{1,4095}$/u.test(path);
}

function notAbsolute(name: string): Pkcs11UriError {
  return new Pkcs11UriError(`its ${name} is not an absolute path`);
}
