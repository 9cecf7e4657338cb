/**
 * What the AWS SDK's own model says of answers: the schemas that its packages export, `GetUser$` for
 * GetUser. Source of their form: Smithy's static schemas, tuples that begin with the number of their kind.
 */

import { mapValue, type Shape } from '../../src/declare/validate.js';

export type ModelShape =
  | { readonly kind: 'text' | 'number' | 'flag' | 'time' | 'octets' }
  | { readonly kind: 'list' | 'map'; readonly of: () => ModelShape }
  | {
      readonly kind: 'structure';
      readonly name: string;
      readonly members: ReadonlyMap<string, () => ModelShape>;
      /** Members that AWS always sends. */
      readonly required: readonly string[];
    };

/** An operation's answer. Undefined: the SDK's package has no such operation. */
export function modelledAnswer(sdk: object, operation: string): ModelShape | undefined {
  const schema: unknown = Reflect.get(sdk, `${operation}$`);
  return Array.isArray(schema) ? shapeOf(schema[5]) : undefined;
}

const LIST = 64;
const MAP = 128;

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
      throw new Error(`no schema of an answer: ${String(kind)}`);
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
      throw new Error(`no simple schema of an answer: ${code}`);
  }
}

/**
 * What is otherwise in a declared answer than in the model, one line each. Lines about a member that is
 * missing, or that AWS always sends, begin with its name as the model has it: `User.Path`.
 * @param path where the answer's part stands
 */
export function differences(declared: Shape, model: ModelShape, path: string): string[] {
  const kind = kindOf(declared);
  if (kind !== model.kind) return [`${path} is a ${kind}, AWS's a ${model.kind}`];
  switch (model.kind) {
    case 'list':
      // Of a list that is always empty there is no more to say.
      return declared.maxItems === 0
        ? []
        : differences(declared.items ?? {}, model.of(), `${path}[]`);
    case 'map':
      return differences(mapValue(declared) ?? {}, model.of(), `${path}{}`);
    case 'structure':
      return structureDifferences(declared, model, path);
    default:
      return [];
  }
}

function structureDifferences(
  { properties = {}, required = [] }: Shape,
  { name, members, required: alwaysSent }: Extract<ModelShape, { kind: 'structure' }>,
  path: string,
): string[] {
  const missing = [...members.keys()].filter((member) => !Object.hasOwn(properties, member));
  const optional = alwaysSent.filter(
    (member) => !missing.includes(member) && !required.includes(member),
  );
  const declared = Object.entries(properties).flatMap(([member, shape]) => {
    const model = members.get(member);
    const at = `${path}.${member}`;
    return model ? differences(shape, model(), at) : [`${at} is none of AWS's`];
  });
  return [
    ...missing.map((member) => `${name}.${member} is missing`),
    ...optional.map((member) => `${name}.${member} is always sent by AWS`),
    ...declared,
  ];
}

function kindOf(shape: Shape): ModelShape['kind'] {
  if (shape.contentEncoding === 'base64') return 'octets';
  if (mapValue(shape)) return 'map';
  switch (shape.type) {
    case 'object':
      return 'structure';
    case 'array':
      return 'list';
    case 'integer':
      return 'number';
    case 'number':
      return 'time';
    case 'boolean':
      return 'flag';
    default:
      return 'text';
  }
}
