/** What is declared of every operation of every service; how it is authorized each service adds. */
import type { Static, TObject } from 'typebox';
import { compileInput } from './validate.js';

/**
 * The members that a record of the audit trail may show, by name, or `Structure.Member` for one of a
 * structure that has secrets. Blobs and secrets never are.
 */
export interface AuditFields {
  readonly request: readonly string[];
  /** `keyId`: the mutated key's ARN, for operations of KMS that answer nothing. */
  readonly response: readonly string[] | 'keyId' | null;
}

/** Where the REST face has an operation. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the service's part of `/v1`; `{Member}` stands for an input member. */
  readonly path: string;
}

/** What a declaration says, whatever the service. */
export interface Described {
  /** The name in SigV4 scopes, actions and event sources: `kms`. */
  readonly service: string;
  readonly name: string;
  readonly summary: string;
  readonly input: TObject;
  /** `nothing`: AWS answers an empty body, or no result element. */
  readonly output: TObject | 'nothing';
  /** Absent: the operation is not on the REST face. */
  readonly route?: Route;
  /** Strongroom's own, which the AWS service doesn't have: on the REST face alone. */
  readonly restOnly?: true;
  /** Whether nothing is changed; stands in the audit trail. */
  readonly readOnly: boolean;
  /** It takes as long as there is to do, and its answer is waited for. */
  readonly unhurried?: true;
  /** The codes of the service's catalogue that it may answer beyond the common ones. */
  readonly errors: readonly string[];
  readonly audit: AuditFields;
}

/** A declared operation, its types erased, as the pipeline, the protocols and the documents read it. */
export interface Operation extends Described {
  /** `service:Operation`, for example `kms:Encrypt`: what registries and metrics know it by. */
  readonly id: string;
  /** Takes calls that nobody has signed. */
  readonly unsigned: boolean;
  /** Whether the input has a DryRun member. */
  readonly dryRun: boolean;
  /** The actions that a policy can name for it. */
  readonly actions: readonly string[];
  /** @throws CommonError SerializationException, ValidationException */
  readonly decode: (members: unknown) => Record<string, unknown>;
}

/**
 * The part of an operation that every service's declaration has: its input's decoder is compiled
 * here, once.
 * @param validate rules between members that shapes can't say
 */
export function describeOperation<Declared extends Described, InputShape extends TObject>(
  declared: Declared & { readonly input: InputShape },
  actions: readonly string[],
  validate?: (input: Static<InputShape>) => void,
): Declared & Operation {
  const decode = compileInput<Static<InputShape>>(declared.input);
  return {
    ...declared,
    id: `${declared.service}:${declared.name}`,
    unsigned: false,
    dryRun: 'DryRun' in declared.input.properties,
    actions,
    decode: (members) => {
      const input = decode(members);
      validate?.(input);
      return input as Record<string, unknown>;
    },
  };
}

/** A service's operations by what they are about: the table of contents of its API. */
export type Sections<Declared extends Operation = Operation> = Readonly<
  Record<string, readonly Declared[]>
>;

/** Operations by name, as one service knows them. */
export type Registry = ReadonlyMap<string, Operation>;

/** @throws Error when two operations have one name */
export function registryOf(sections: Sections): Registry {
  const operations = Object.values(sections).flat();
  const registry = new Map(operations.map((operation) => [operation.name, operation]));
  if (registry.size !== operations.length) throw new Error('two operations have one name');
  return registry;
}
