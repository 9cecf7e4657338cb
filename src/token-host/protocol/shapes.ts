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

/** A point in time or a duration, which may have a fraction. */
export const time: Shape<number> = (value): value is number => Number.isFinite(value);

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

/** Values in a row, as many as there are shapes. */
export function tuple<T extends readonly unknown[]>(...shapes: ShapesOf<T>): Shape<Readonly<T>> {
  return (value): value is Readonly<T> => Array.isArray(value) && areAll(value, shapes, 0);
}

/**
 * A message: a list that begins with its kind, which says what follows. `M` is the union of all
 * messages; the compiler asks for each kind's members.
 */
export function messageOf<M extends readonly [kind: string, ...members: unknown[]]>(
  kinds: {
    readonly [Kind in M[0]]: MembersOf<Extract<M, readonly [Kind, ...unknown[]]>>;
  },
): Shape<M> {
  const known: ReadonlyMap<unknown, readonly Shape<unknown>[]> = new Map(Object.entries(kinds));
  return (value): value is M => {
    if (!Array.isArray(value)) return false;
    const members = known.get(value[0]);
    return members !== undefined && areAll(value, members, 1);
  };
}

type ShapesOf<T extends readonly unknown[]> = { readonly [Index in keyof T]: Shape<T[Index]> };

type MembersOf<M> = M extends readonly [unknown, ...infer Members] ? ShapesOf<Members> : never;

/** Whether the values from `first` on are these and no more. */
function areAll(
  values: readonly unknown[],
  shapes: readonly Shape<unknown>[],
  first: number,
): boolean {
  return (
    values.length === first + shapes.length &&
    shapes.every((shape, index) => shape(values[first + index]))
  );
}

/** Texts by names that nobody knows before. */
export const textsByName: Shape<Readonly<Record<string, string>>> = (
  value,
): value is Readonly<Record<string, string>> => isObject(value) && Object.values(value).every(text);

/** Whatever by names that nobody knows before: who reads it has checked it elsewhere. */
export const anyByName: Shape<Readonly<Record<string, unknown>>> = isObject;

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
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
