import { resolve } from 'node:path';
import Value from 'typebox/value';
import { parseUniqueJson } from '../kernel/unique-json.js';
import { ConfigError } from './config-error.js';
import { Secret } from './secret.js';
import type { Shape } from './settings.js';
import { wrongIn } from './wrong-element.js';

/** What somebody wrote for a setting, and where: text, or a list or map of texts. */
export interface Written {
  readonly value: unknown;
  /** Names the setting and its place in an error, for example `strongroom.yaml:3: port`. */
  readonly origin: string;
}

/**
 * The value of one setting: converted to its type and checked against its shape; paths made
 * absolute against `cwd`, secrets wrapped.
 * @throws ConfigError
 */
export function readValue(shape: Shape, written: Written, cwd: string): unknown {
  const value = convert(shape, written.value);
  if (!Value.Check(shape, value)) {
    const isScalar = typeof value !== 'object';
    const wrong = () => wrongIn(shape, isScalar ? written.value : value);
    const found = shape.secret || shape.sensitive ? '' : `, not ${wrong()}`;
    throw new ConfigError(`${written.origin} must be ${shape.allowed}${found}`);
  }
  if (typeof value !== 'string') return value;
  const absolute = toAbsolute(shape, value, cwd);
  return shape.secret ? new Secret(absolute) : absolute;
}

function convert(shape: Shape, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  switch (shape.type) {
    case 'integer':
      return /^-?\d{1,15}$/.test(value) ? Number(value) : value;
    case 'boolean':
      return value === 'true' ? true : value === 'false' ? false : value;
    case 'array':
      return value.split(',').map((item) => item.trim());
    case 'object':
      return mapIn(value);
    default:
      return value;
  }
}

/** A map as an environment variable has it: as JSON. */
function mapIn(text: string): unknown {
  try {
    return parseUniqueJson(text);
  } catch {
    return text;
  }
}

function toAbsolute({ pathAfter }: Shape, value: string, cwd: string): string {
  if (pathAfter === undefined || !value.startsWith(pathAfter)) return value;
  return pathAfter + resolve(cwd, value.slice(pathAfter.length));
}
