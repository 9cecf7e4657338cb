import { ConfigError, shown, shownName } from './config-error.js';
import { readValue } from './read-value.js';
import { tokenSettings } from './settings.js';
import { MAX_TOKENS } from './token-schema.js';
import type { YamlSource } from './yaml-source.js';

/** A token checked member by member; `loadConfig` gives the list its type. */
export type TokenMembers = Record<string, unknown>;

/**
 * The `tokens` list of the YAML file, each entry checked and filled up with defaults.
 * @returns undefined when the file has no such list.
 * @throws ConfigError
 */
export function readTokens(
  yaml: YamlSource,
  list: unknown,
  cwd: string,
): TokenMembers[] | undefined {
  if (list === undefined) return undefined;
  const origin = `${yaml.locate(['tokens'])}: tokens`;
  if (!Array.isArray(list) || list.length > MAX_TOKENS) {
    throw new ConfigError(`${origin} must be a list of at most ${MAX_TOKENS} tokens`);
  }
  const tokens = list.map((entry, index) =>
    readToken(entry, cwd, (member) => {
      const place = yaml.locate(['tokens', index, ...(member === undefined ? [] : [member])]);
      return `${place}: tokens[${index}]${member === undefined ? '' : `.${member}`}`;
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
  return readToken(entry, cwd, (member) => `tokens.${member}`);
}

function readToken(
  entry: unknown,
  cwd: string,
  originOf: (member?: string) => string,
): TokenMembers {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw new ConfigError(`${originOf()} must be a map`);
  }
  const known = tokenSettings.map(({ name }) => name);
  const unknown = Object.keys(entry).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new ConfigError(
      `${originOf()} has the unknown member ${shownName(unknown)}; known are ${known.join(', ')}`,
    );
  }
  const written = entry as Record<string, unknown>;
  const members: TokenMembers = {};
  for (const { name, shape } of tokenSettings) {
    if (Object.hasOwn(written, name)) {
      members[name] = readValue(shape, { value: written[name], origin: originOf(name) }, cwd);
    } else if (shape.default !== undefined) {
      members[name] = shape.default;
    }
  }
  checkToken(members, originOf());
  return members;
}

function checkToken(token: TokenMembers, origin: string): void {
  const lacks = ['id', 'module'].find((name) => token[name] === undefined);
  if (lacks !== undefined) throw new ConfigError(`${origin} must have the member ${lacks}`);
  if ((token.label === undefined) === (token.serial === undefined)) {
    throw new ConfigError(`${origin} must have either label or serial, and not both`);
  }
  if (token.id === 'root' && token.pinFile === undefined) {
    throw new ConfigError(`${origin} must have the member pinFile, since it is the root token`);
  }
}
