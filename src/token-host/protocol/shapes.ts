/**
 * How a value that came over the socket or between threads is recognised. The wire has no types: what
 * reads it looks first.
 */

/** Whether a value is what it should be. */
export type Shape<T> = (value: unknown) => value is T;

type Shapes = Readonly<Record<string, Shape<unknown>>>;

type Members<S extends Shapes> = {
  readonly [Name in keyof S]: S[Name] extends Shape<infer T> ? T : never;
};

export const bytes: Shape<Buffer> = (value): value is Buffer => value instanceof Buffer;

export const text: Shape<string> = (value): value is string => typeof value === 'string';

/** An integer that a number holds exactly. */
export const integer: Shape<number> = (value): value is number => Number.isSafeInteger(value);

export const truth: Shape<boolean> = (value): value is boolean => typeof value === 'boolean';

/** No value at all. */
export const nothing: Shape<undefined> = (value): value is undefined => value === undefined;

/** One of these texts. */
export function oneOf<Text extends string>(...texts: readonly Text[]): Shape<Text> {
  const known: ReadonlySet<unknown> = new Set(texts);
  return (value): value is Text => known.has(value);
}

export function either<A, B>(one: Shape<A>, other: Shape<B>): Shape<A | B> {
  return (value): value is A | B => one(value) || other(value);
}

/** A value that may be missing. */
export function perhaps<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value): value is T | undefined => value === undefined || shape(value);
}

export function listOf<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(shape);
}

/** Two values in a row. */
export function pairOf<A, B>(one: Shape<A>, other: Shape<B>): Shape<readonly [A, B]> {
  return (value): value is readonly [A, B] =>
    Array.isArray(value) && value.length === 2 && one(value[0]) && other(value[1]);
}

/** An object with these members, of which the optional ones may be missing. */
export function record<Required extends Shapes, Optional extends Shapes = Record<never, never>>(
  required: Required,
  optional?: Optional,
): Shape<Members<Required> & Partial<Members<Optional>>> {
  const needed = Object.entries(required);
  const possible = Object.entries(optional ?? {});
  return (value): value is Members<Required> & Partial<Members<Optional>> => {
    if (!isObject(value)) return false;
    for (const [name, shape] of needed) if (!shape(value[name])) return false;
    for (const [name, shape] of possible) {
      if (value[name] !== undefined && !shape(value[name])) return false;
    }
    return true;
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
