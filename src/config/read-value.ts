import { resolve } from 'node:path';
import Value from 'typebox/value';
import { ConfigError, shown } from './config-error.js';
import { Secret } from './secret.js';
import type { Shape } from './settings.js';

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
    const found = shape.secret || shape.sensitive ? '' : `, not ${shown(written.value)}`;
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
    default:
      return value;
  }
}

function toAbsolute({ pathAfter }: Shape, value: string, cwd: string): string {
  if (pathAfter === undefined || !value.startsWith(pathAfter)) return value;
  return pathAfter + resolve(cwd, value.slice(pathAfter.length));
}
