/**
 * What of AWS's model a service doesn't have, what it has that the model doesn't, and what it has
 * otherwise. The model is what an SDK's package says.
 */
import type { Operation } from '../../src/declare/operation.js';
import { EmptyResult } from '../../src/declare/shape-kinds.js';
import { mapValue, type Shape } from '../../src/declare/validate.js';
import type { ServiceFace } from '../../src/pipeline/service.js';
import type { Sdk } from './sdk.js';
import {
  type ModelOperation,
  type ModelShape,
  modelledErrors,
  modelledNames,
  modelledOperation,
} from './sdk-shapes.js';

/** The kinds of differences: the headings of the table that gives the reasons. */
export const KINDS = {
  operations: 'operations that AWS has',
  members: 'members that AWS has, of operations that are here',
  values: 'values of enumerations that AWS has',
  errors: 'errors that AWS has',
  optional: 'members that AWS always sends or asks for, and we don’t',
  required: 'members that we ask for, and AWS doesn’t',
  unchecked: 'members whose values AWS lists, and we don’t',
  otherwise: 'members of another type than AWS’s',
  ours: 'operations, members and values that AWS’s model doesn’t have',
} as const;

export type Kind = keyof typeof KINDS;

/** One difference. Members are named by their structure, `User.Path`; values by their enumeration. */
export interface Difference {
  readonly kind: Kind;
  readonly name: string;
}

type Structure = Extract<ModelShape, { kind: 'structure' }>;

/** Every difference between a service and an SDK's model of it, once each. */
export function compare(service: ServiceFace, sdk: Sdk): Difference[] {
  const found = new Map<string, Difference>();
  const tell = (kind: Kind, name: string) => {
    found.set(`${kind} ${name}`, { kind, name });
  };

  for (const name of modelledNames(sdk.exports)) {
    const operation = service.operations.get(name);
    const model = modelledOperation(sdk.exports, name);
    if (operation && model) compareOperation(operation, model, new Comparison(sdk, tell));
    else tell('operations', name);
  }
  for (const operation of service.operations.values()) {
    if (!modelledOperation(sdk.exports, operation.name)) tell('ours', operation.name);
  }
  for (const { name, code } of modelledErrors(sdk.exports)) {
    const sent = service.wire.query ? code : name;
    if (!Object.hasOwn(service.errors.catalogue, sent)) tell('errors', sent);
  }
  return [...found.values()];
}

function compareOperation({ input, output }: Operation, model: ModelOperation, by: Comparison) {
  by.compare(input, model.input, 'input');
  by.compare(output === 'nothing' ? EmptyResult : output, model.output, 'output');
}

type Direction = 'input' | 'output';

class Comparison {
  readonly #sdk: Sdk;
  readonly #tell: (kind: Kind, name: string) => void;

  constructor(sdk: Sdk, tell: (kind: Kind, name: string) => void) {
    this.#sdk = sdk;
    this.#tell = tell;
  }

  /** @param path the member, by its structure; an operation's own input and output have none. */
  compare(declared: Shape, model: ModelShape, direction: Direction, path = ''): void {
    if (kindOf(declared) !== model.kind) {
      this.#tell('otherwise', path);
    } else if (model.kind === 'structure') {
      this.#structures(declared, model, direction);
    } else if (model.kind === 'map') {
      this.compare(mapValue(declared) ?? {}, model.of(), direction, path);
    } else if (model.kind === 'list' && declared.maxItems !== 0) {
      // Of a list that is always empty there is no more to say.
      this.compare(declared.items ?? {}, model.of(), direction, path);
    } else if (model.kind === 'text') {
      this.#values(declared, direction, path);
    }
  }

  #structures({ properties = {}, required = [] }: Shape, model: Structure, direction: Direction) {
    for (const [member, of] of model.members) {
      const path = `${model.name}.${member}`;
      const declared = properties[member];
      if (!declared) {
        this.#tell('members', path);
        continue;
      }
      const always = model.required.includes(member);
      if (always && !required.includes(member)) this.#tell('optional', path);
      if (!always && required.includes(member) && declared.default === undefined) {
        if (direction === 'input') this.#tell('required', path);
      }
      this.compare(declared, of(), direction, path);
    }
    for (const member of Object.keys(properties)) {
      if (!model.members.has(member)) this.#tell('ours', `${model.name}.${member}`);
    }
  }

  #values(declared: Shape, direction: Direction, path: string) {
    const enumeration = this.#sdk.enumerations.get(path);
    if (!enumeration) return;
    const { name, values } = enumeration;
    if (!declared.enum) {
      // An answer's values are the server's own; a question's are anybody's.
      if (direction === 'input') this.#tell('unchecked', path);
      return;
    }
    for (const value of values) {
      if (!declared.enum.includes(value)) this.#tell('values', `${name}.${value}`);
    }
    for (const value of declared.enum) {
      if (!values.includes(value)) this.#tell('ours', `${name}.${value}`);
    }
  }
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
