import { ConfigError, shownName } from './config-error.js';
import { filePlace, fileVariable, isText, memberAt, type Sources } from './find-written.js';
import { ENVIRONMENT_PREFIX, settings } from './settings.js';
import type { YamlSource } from './yaml-source.js';

const secrets = settings.filter(({ shape }) => shape.secret === true);

const variables = [...settings.map(({ variable }) => variable), ...secrets.map(fileVariable)];

/** The places of the YAML file that hold a value of their own. */
const places: readonly (readonly string[])[] = [
  ...settings.map(({ path }) => path),
  ...secrets.map(filePlace),
  ['tokens'],
];

/** Sections that may be written as one value. */
const shorthands = settings
  .filter(({ shape }) => shape.shorthand)
  .map(({ path }) => path.slice(0, -1).join('.'));

/**
 * Refuses what no setting reads: a typo must not pass for a setting that took effect.
 * @throws ConfigError
 */
export function refuseUnknown({ env, yaml }: Sources): void {
  const named = pinVariables(yaml);
  const stray = Object.keys(env).find(
    (name) =>
      name.startsWith(ENVIRONMENT_PREFIX) && !variables.includes(name) && !named.includes(name),
  );
  if (stray !== undefined) {
    throw new ConfigError(
      `${shownName(stray)} is no known environment variable; known are ${variables.join(', ')}`,
    );
  }
  refuseUnknownKeys(yaml, yaml.value, []);
}

/** Variables that the tokens name as the sources of their PINs. */
function pinVariables(yaml: YamlSource): unknown[] {
  const tokens = memberAt(yaml.value, ['tokens']);
  return Array.isArray(tokens) ? tokens.map((token) => memberAt(token, ['pinEnv'])) : [];
}

function refuseUnknownKeys(yaml: YamlSource, value: unknown, path: readonly string[]): void {
  const below = places.filter((place) => path.every((key, index) => place[index] === key));
  if (below.some((place) => place.length === path.length)) return;
  // A section of which every line is commented out is an empty one.
  if (value === null || value === '' || value === undefined) return;
  if (isText(value) && shorthands.some((section) => section === path.join('.'))) return;
  const name = path.length === 0 ? 'the configuration' : path.join('.');
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new ConfigError(`${yaml.locate(path)}: ${name} must be a map`);
  }
  const known = [...new Set(below.map((place) => place[path.length]))];
  for (const [key, member] of Object.entries(value)) {
    const place = [...path, key];
    if (!known.includes(key)) {
      throw new ConfigError(
        `${yaml.locate(place)}: ${shownName(key)} is no known setting of ${name}; ` +
          `known are ${known.join(', ')}`,
      );
    }
    refuseUnknownKeys(yaml, member, place);
  }
}
