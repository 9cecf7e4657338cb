/** The kinds of setting, each with what it says in an error and in the manual: see schema.ts. */
import { Type } from 'typebox';
import type { Secret } from './secret.js';

interface Words<T> {
  readonly description: string;
  readonly default?: T;
  readonly sensitive?: boolean;
  /** The default with `quotas: aws`. */
  readonly awsDefault?: T;
  /** What is written in place of its section is its value. */
  readonly shorthand?: true;
}

export function text(pattern: string, maxLength: number, allowed: string, words: Words<string>) {
  return Type.String({ minLength: 1, maxLength, pattern, allowed, ...words });
}

export function path(words: Words<string>) {
  return Type.String({
    minLength: 1,
    maxLength: 4096,
    pattern: '^[^\\u0000-\\u001F]+$',
    allowed: 'a path',
    pathAfter: '',
    ...words,
  });
}

export function secret(
  pattern: string,
  maxLength: number,
  allowed: string,
  words: Words<string> & { readonly pathAfter?: string },
) {
  return Type.Unsafe<Secret>({
    type: 'string',
    minLength: 1,
    maxLength,
    pattern,
    allowed,
    secret: true,
    ...words,
  });
}

export function integer(minimum: number, maximum: number, words: Words<number>) {
  const allowed = `a whole number from ${minimum} to ${maximum}`;
  return Type.Integer({ minimum, maximum, allowed, ...words });
}

export function flag(words: Words<boolean>) {
  return Type.Boolean({ allowed: 'true or false', ...words });
}

export function oneOf<const T extends readonly string[]>(values: T, words: Words<T[number]>) {
  const allowed = `one of ${values.join(', ')}`;
  return Type.Unsafe<T[number]>({ type: 'string', enum: values, allowed, ...words });
}

/** A list of some of them, which may be empty. */
export function someOf<const T extends readonly string[]>(values: T, words: Words<T>) {
  return Type.Unsafe<T[number][]>({
    type: 'array',
    items: { type: 'string', enum: values },
    uniqueItems: true,
    maxItems: values.length,
    allowed: `a list of some of ${values.join(', ')}, none twice`,
    ...words,
  });
}

export const TEN_MINUTES_MS = 600_000;
