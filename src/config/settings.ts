import type { TSchema } from 'typebox';
import { ConfigSchema } from './schema.js';
import { TokenSchema } from './token-schema.js';

/** A node of the schema, as far as the loader reads it. */
export interface Shape extends TSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[] | undefined;
  readonly items?: Shape;
  readonly patternProperties?: Readonly<Record<string, Shape>>;
  readonly description?: string;
  readonly allowed?: string;
  readonly default?: unknown;
  readonly secret?: boolean;
  readonly sensitive?: boolean;
  readonly pathAfter?: string;
  readonly awsDefault?: unknown;
  readonly shorthand?: boolean;
}

/** One setting that has a value of its own: a scalar, a list of scalars or a map of strings. */
export interface Setting {
  /** Its place in the YAML file. */
  readonly path: readonly string[];
  /** The same, joined by dots. */
  readonly name: string;
  /** The environment variable that overrides it. */
  readonly variable: string;
  readonly shape: Shape;
}

export const ENVIRONMENT_PREFIX = 'STRONGROOM_';

/** Every setting but `tokens`, which is a list of structures and stands in the YAML file only. */
export const settings: readonly Setting[] = leaves(ConfigSchema as Shape, []);

/** The members of one entry of `tokens`. */
export const tokenSettings: readonly Setting[] = leaves(TokenSchema as Shape, []);

function leaves(shape: Shape, path: readonly string[]): Setting[] {
  return Object.entries(shape.properties ?? {}).flatMap(([key, member]) => {
    const place = [...path, key];
    if (member.properties !== undefined) return leaves(member, place);
    if (member.items?.properties !== undefined) return [];
    return [{ path: place, name: place.join('.'), variable: variableOf(place), shape: member }];
  });
}

function variableOf(path: readonly string[]): string {
  const words = path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
  return ENVIRONMENT_PREFIX + words.join('_');
}
