import { resolve } from 'node:path';
import { readNamedSecret } from '../kernel/foreign-files.js';
import { StartError } from '../kernel/start-error.js';
import { ConfigError } from './config-error.js';
import type { Written } from './read-value.js';
import type { Setting } from './settings.js';
import type { YamlSource } from './yaml-source.js';

const MAX_SECRET_FILE_CHARACTERS = 65_536;

/** Where the values of settings come from. */
export interface Sources {
  readonly yaml: YamlSource;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Takes the paths of the files that were read. */
  readonly secretFiles?: string[];
}

/** The variable, or YAML key, that names a file holding the value of a secret. */
export const fileVariable = (setting: Setting): string => `${setting.variable}_FILE`;
export const fileKey = (setting: Setting): string => `${setting.name}File`;
export const filePlace = ({ path }: Setting): readonly string[] => [
  ...path.slice(0, -1),
  `${path.at(-1)}File`,
];

/**
 * What somebody wrote for a setting: the environment goes before the YAML file. A secret may stand
 * in a file instead, but not in both.
 * @returns undefined when nobody wrote anything.
 * @throws ConfigError
 */
export function findWritten(setting: Setting, sources: Sources): Written | undefined {
  return fromEnvironment(setting, sources) ?? fromYaml(setting, sources);
}

function fromEnvironment(setting: Setting, sources: Sources): Written | undefined {
  const { env } = sources;
  const inline = env[setting.variable];
  const file = setting.shape.secret ? env[fileVariable(setting)] : undefined;
  if (inline !== undefined && file !== undefined) {
    throw new ConfigError(
      `${setting.variable} must not be set together with ${fileVariable(setting)}`,
    );
  }
  if (file !== undefined) return fromFile(file, fileVariable(setting), sources);
  return inline === undefined ? undefined : { value: inline, origin: setting.variable };
}

function fromYaml(setting: Setting, sources: Sources): Written | undefined {
  const { yaml } = sources;
  const place = placeIn(setting, yaml);
  const inline = memberAt(yaml.value, place);
  const origin = `${yaml.locate(place)}: ${setting.name}`;
  const file = setting.shape.secret ? memberAt(yaml.value, filePlace(setting)) : undefined;
  if (inline !== undefined && file !== undefined) {
    throw new ConfigError(`${origin} must not be set together with ${fileKey(setting)}`);
  }
  if (file !== undefined) {
    return fromFile(file, `${yaml.locate(filePlace(setting))}: ${fileKey(setting)}`, sources);
  }
  return inline === undefined ? undefined : { value: inline, origin };
}

/** Where it stands: its own place, or that of its section where a text stands for the whole of it. */
function placeIn({ path, shape }: Setting, yaml: YamlSource): readonly string[] {
  const section = path.slice(0, -1);
  return shape.shorthand && isText(memberAt(yaml.value, section)) ? section : path;
}

/** An empty text is a section of which every line is commented out. */
export const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** The text of a file, without the newline that editors put at its end. */
function fromFile(path: unknown, origin: string, { cwd, secretFiles }: Sources): Written {
  if (typeof path !== 'string' || path === '') {
    throw new ConfigError(`${origin} must be the path of a file`);
  }
  let text: string;
  try {
    text = readNamedSecret(resolve(cwd, path)).toString('utf8');
  } catch (error) {
    if (error instanceof StartError) throw new ConfigError(`${origin}: ${error.message}`);
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`${origin} must be the path of a readable file (${code})`);
  }
  if (text.length > MAX_SECRET_FILE_CHARACTERS) {
    throw new ConfigError(
      `${origin} must be a file of at most ${MAX_SECRET_FILE_CHARACTERS} characters`,
    );
  }
  secretFiles?.push(resolve(cwd, path));
  return { value: text.replace(/\r?\n$/, ''), origin: `${origin}: the content` };
}

/** A member of nested maps; undefined where a map on the way is missing. */
export function memberAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (parent, key) =>
      typeof parent === 'object' && parent !== null && Object.hasOwn(parent, key)
        ? (parent as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}
