/** What a token's `uri` says in place of its other members. */
import { basename, join } from 'node:path';
import { Pkcs11UriError } from '../kernel/pkcs11-uri.js';
import { readTokenUri, type TokenUri } from '../kernel/token-uri.js';
import { ConfigError } from './config-error.js';

type Members = Record<string, unknown>;

/** Where Debian, Ubuntu and Fedora put PKCS#11 libraries, for a module-name without a directory. */
export const moduleDirectories: readonly string[] = [
  '/usr/lib/x86_64-linux-gnu/pkcs11',
  '/usr/lib/aarch64-linux-gnu/pkcs11',
  '/usr/lib64/pkcs11',
  '/usr/lib/pkcs11',
  '/usr/lib/softhsm',
];

/**
 * The members of a token, with those that its `uri` says in its query; of the URI the rest is kept.
 * @param origin where the token is written, for an error
 * @param exists whether a file does
 * @throws ConfigError for a URI that names no token, or that says what another member says
 */
export function withUriMembers(
  token: Members,
  origin: string,
  exists: (path: string) => boolean,
): Members {
  if (token.uri === undefined) return token;
  const uri = read(String(token.uri), origin);
  const module = moduleOf(token, uri, origin, exists);
  return {
    ...token,
    uri: uri.name,
    ...(module !== undefined && { module }),
    ...pinMembers(token, uri, origin),
  };
}

function read(uri: string, origin: string): TokenUri {
  try {
    return readTokenUri(uri);
  } catch (error) {
    if (!(error instanceof Pkcs11UriError)) throw error;
    throw new ConfigError(
      `${origin}.uri must be a URI (RFC 7512) that names a token: ${error.message}`,
    );
  }
}

function moduleOf(
  token: Members,
  { modulePath, moduleName }: TokenUri,
  origin: string,
  exists: (path: string) => boolean,
): string | undefined {
  const given = [modulePath && 'module-path', moduleName && 'module-name'].find(Boolean);
  if (given === undefined) return undefined;
  if (token.module !== undefined) {
    throw new ConfigError(`${origin} must have module or ${given} in its uri, not both`);
  }
  if (moduleName === undefined) return modulePath;
  const bare = moduleName.toLowerCase();
  // A path to the library itself: then the name only has to be its own.
  if (modulePath !== undefined && /\.so(\.\d+)*$/.test(modulePath)) {
    if (bareName(modulePath) === bare) return modulePath;
    throw new ConfigError(
      `${origin}.uri must not have a module-name that isn't its module-path's file`,
    );
  }
  const directories = modulePath === undefined ? moduleDirectories : [modulePath];
  const names = [...new Set([moduleName, bare])].flatMap((name) => [`lib${name}.so`, `${name}.so`]);
  const found = directories
    .flatMap((directory) => names.map((name) => join(directory, name)))
    .filter(exists);
  const [module, second] = found;
  if (second !== undefined) {
    throw new ConfigError(`${origin}.uri: both ${module} and ${second} are its module-name's`);
  }
  if (module !== undefined) return module;
  throw new ConfigError(
    `${origin}.uri: there is no library ${names.join(' or ')} in ${directories.join(', ')}`,
  );
}

/** Without its directory, `lib` and `.so` (RFC 7512 §2.4). */
function bareName(path: string): string {
  return basename(path)
    .replace(/\.so(\.\d+)*$/, '')
    .replace(/^lib/, '')
    .toLowerCase();
}

/** `pin-source` is another way to write these. */
const PIN_MEMBERS = ['pinFile', 'pinEnv', 'pinCredential', 'pinCommand'];

function pinMembers(token: Members, { pin }: TokenUri, origin: string): Members {
  if (pin === undefined) return {};
  const second = PIN_MEMBERS.find((name) => token[name] !== undefined);
  if (second !== undefined) {
    throw new ConfigError(`${origin} must have ${second} or pin-source in its uri, not both`);
  }
  return 'file' in pin ? { pinFile: pin.file } : { pinCommand: [pin.command] };
}
