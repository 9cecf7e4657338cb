import { isAbsolute } from 'node:path';
import { ConfigError, shown, shownName } from './config-error.js';
import { readValue } from './read-value.js';
import { type Setting, settings, tokenSettings } from './settings.js';
import { MAX_TOKENS } from './token-schema.js';
import { withUriMembers } from './token-uri-members.js';
import type { YamlSource } from './yaml-source.js';

/** A token checked member by member; `loadConfig` gives the list its type. */
export type TokenMembers = Record<string, unknown>;

/**
 * The `tokens` list of the YAML file, each entry checked and filled up with defaults.
 * @param exists whether a file does, for a library that is named without its path
 * @returns undefined when the file has no such list.
 * @throws ConfigError
 */
export function readTokens(
  yaml: YamlSource,
  list: unknown,
  cwd: string,
  exists: (path: string) => boolean,
): TokenMembers[] | undefined {
  if (list === undefined) return undefined;
  const origin = `${yaml.locate(['tokens'])}: tokens`;
  if (!Array.isArray(list) || list.length > MAX_TOKENS) {
    throw new ConfigError(`${origin} must be a list of at most ${MAX_TOKENS} tokens`);
  }
  const tokens = list.map((entry, index) =>
    readToken(entry, { cwd, exists }, (...members) => {
      const place = yaml.locate(['tokens', index, ...members]);
      return `${place}: ${[`tokens[${index}]`, ...members].join('.')}`;
    }),
  );
  const ids = tokens.map((token) => token.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) {
    throw new ConfigError(`${origin} must not name an id twice, as it does ${shown(twice)}`);
  }
  return tokens;
}

/** Fills up an entry that needs no check of its origin: one of the quick start's. */
export function completeToken(entry: object, cwd: string): TokenMembers {
  const origin: OriginOf = (...members) => ['tokens', ...members].join('.');
  return readToken(entry, { cwd, exists: () => true }, origin);
}

/** Where a member of a token is written, for an error. */
type OriginOf = (...members: readonly string[]) => string;

interface Place {
  readonly cwd: string;
  readonly exists: (path: string) => boolean;
}

function readToken(entry: unknown, { cwd, exists }: Place, originOf: OriginOf): TokenMembers {
  const members = withUriMembers(readMembers(entry, [], cwd, originOf), originOf(), exists);
  checkToken(members, originOf());
  return members;
}

/** The members of a token, or of a map in it, whose place is `path`. */
function readMembers(
  entry: unknown,
  path: readonly string[],
  cwd: string,
  originOf: OriginOf,
): TokenMembers {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw new ConfigError(`${originOf(...path)} must be a map`);
  }
  const here = tokenSettings.filter((setting) =>
    path.every((name, depth) => setting.path[depth] === name),
  );
  const known = [...new Set(here.map((setting) => setting.path[path.length] ?? ''))];
  const unknown = Object.keys(entry).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new ConfigError(
      `${originOf(...path)} has the unknown member ${shownName(unknown)}; known are ${known.join(', ')}`,
    );
  }
  const written = entry as Record<string, unknown>;
  const members: TokenMembers = {};
  for (const name of known) {
    const place = [...path, name];
    const leaf = here.find(
      (setting) => setting.path.length === place.length && isAt(setting, name),
    );
    const isWritten = Object.hasOwn(written, name);
    if (leaf === undefined) {
      if (isWritten) members[name] = readMembers(written[name], place, cwd, originOf);
    } else if (isWritten) {
      const value = { value: written[name], origin: originOf(...place) };
      members[name] = readValue(leaf.shape, value, cwd);
    } else if (leaf.shape.default !== undefined) {
      members[name] = leaf.shape.default;
    }
  }
  return members;
}

function isAt(setting: Setting, name: string): boolean {
  return setting.path.at(-1) === name;
}

function checkToken(token: TokenMembers, origin: string): void {
  const lacks = ['id', 'module'].find((name) => token[name] === undefined);
  if (lacks !== undefined) throw new ConfigError(`${origin} must have the member ${lacks}`);
  const [name, second] = NAMES.filter((each) => token[each] !== undefined);
  if (name === undefined)
    throw new ConfigError(`${origin} must have ${NAMES.join(', ')}: one of them`);
  if (second !== undefined)
    throw new ConfigError(`${origin} must have ${name} or ${second}, not both`);
  checkPinSource(token, origin);
}

/** By what a token is found. */
const NAMES = ['label', 'serial', 'uri'];

/** Where a PIN comes from. That of a custom key store is its KeyStorePassword. */
const PIN_SOURCES = ['pinFile', 'pinEnv', 'pinCredential', 'pinCommand'];

function checkPinSource(token: TokenMembers, origin: string): void {
  const [source, second] = PIN_SOURCES.filter((name) => token[name] !== undefined);
  if (second !== undefined) {
    throw new ConfigError(`${origin} must have one of ${source} and ${second}, not both`);
  }
  if (token.id !== 'root') {
    if (source === undefined || source === 'pinFile') return;
    throw new ConfigError(
      `${origin} must not have the member ${source}: the PIN of a custom key store is its KeyStorePassword`,
    );
  }
  if (source === undefined) {
    throw new ConfigError(
      `${origin} must have the member ${PIN_SOURCES.join(' or ')}, since it is the root token`,
    );
  }
  if (settings.some(({ variable }) => variable === token.pinEnv)) {
    throw new ConfigError(`${origin}: pinEnv must not be ${token.pinEnv}, which is a setting`);
  }
  const [program] = (token.pinCommand ?? ['/']) as readonly string[];
  if (!isAbsolute(program ?? '')) {
    throw new ConfigError(`${origin}: pinCommand must begin with an absolute path`);
  }
}
