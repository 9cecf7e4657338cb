/**
 * What the AWS SDK's own model says of questions and answers: the schemas that its packages export,
 * `GetUser$` for GetUser. Source of their form: Smithy's static schemas, tuples that begin with the
 * number of their kind.
 */

export type ModelShape =
  | { readonly kind: 'text' | 'number' | 'flag' | 'time' | 'octets' }
  | { readonly kind: 'list' | 'map'; readonly of: () => ModelShape }
  | {
      readonly kind: 'structure';
      readonly name: string;
      readonly members: ReadonlyMap<string, () => ModelShape>;
      /** Members that are always sent. */
      readonly required: readonly string[];
    };

/** What an operation asks and answers. */
export interface ModelOperation {
  readonly input: ModelShape;
  readonly output: ModelShape;
}

const LIST = 64;
const MAP = 128;
const OPERATION = 9;
const ERROR = -3;
/** The namespace of what the SDK's own exceptions inherit from; AWS never sends one. */
const SDKS_OWN = 'smithy.ts.sdk.synthetic';

/** An operation by its name. Undefined: the SDK's package has no such operation. */
export function modelledOperation(sdk: object, operation: string): ModelOperation | undefined {
  const schema: unknown = Reflect.get(sdk, `${operation}$`);
  return Array.isArray(schema) && schema[0] === OPERATION
    ? { input: shapeOf(schema[4]), output: shapeOf(schema[5]) }
    : undefined;
}

/** The names of all operations that an SDK's package has. */
export function modelledNames(sdk: object): string[] {
  return schemasOf(sdk, OPERATION).map(([, , name]) => String(name));
}

/** An error by the name of its shape, which JSON sends, and by the code that the Query protocol sends. */
export interface ModelError {
  readonly name: string;
  readonly code: string;
}

/** Every error that an SDK's package has. */
export function modelledErrors(sdk: object): ModelError[] {
  return schemasOf(sdk, ERROR)
    .filter(([, namespace]) => !String(namespace).startsWith(SDKS_OWN))
    .map(([, , name, traits]) => {
      const [code = name] = Object(traits).awsQueryError ?? [];
      return { name: String(name), code: String(code) };
    });
}

function schemasOf(sdk: object, kind: number): readonly unknown[][] {
  return Object.entries(sdk).flatMap(([name, schema]) =>
    name.endsWith('$') && Array.isArray(schema) && schema[0] === kind ? [schema] : [],
  );
}

function shapeOf(reference: unknown): ModelShape {
  if (typeof reference === 'function') return shapeOf(reference());
  if (typeof reference === 'number') return simpleShape(reference);
  if (reference === 'unit')
    return { kind: 'structure', name: '', members: new Map(), required: [] };
  if (!Array.isArray(reference)) throw new Error(`no schema: ${String(reference)}`);
  // A member, with traits of its own.
  if (reference.length === 2) return shapeOf(reference[0]);
  const [kind, , name, , first, second, required = 0] = reference;
  switch (kind) {
    case 0:
      return shapeOf(first);
    case 1:
      return { kind: 'list', of: () => shapeOf(first) };
    case 2:
      return { kind: 'map', of: () => shapeOf(second) };
    case 3:
      return {
        kind: 'structure',
        name,
        members: new Map(
          first.map((member: string, at: number) => [member, () => shapeOf(second[at])]),
        ),
        required: first.slice(0, required),
      };
    default:
      throw new Error(`no schema of a member: ${String(kind)}`);
  }
}

function simpleShape(code: number): ModelShape {
  if (code >= MAP) return { kind: 'map', of: () => simpleShape(code - MAP) };
  if (code >= LIST) return { kind: 'list', of: () => simpleShape(code - LIST) };
  switch (code) {
    case 0:
      return { kind: 'text' };
    case 1:
      return { kind: 'number' };
    case 2:
      return { kind: 'flag' };
    case 4:
    case 5:
    case 6:
    case 7:
      return { kind: 'time' };
    case 21:
      return { kind: 'octets' };
    default:
      throw new Error(`no simple schema of a member: ${code}`);
  }
}
