/** The language in which an IAM or STS operation is declared, as operation.ts is KMS's. */
import type { Static, TObject } from 'typebox';
import type { RequestFacts } from '../authz/condition-keys.js';
import type { Decision } from '../authz/decision.js';
import type { ConditionValue } from '../authz/request.js';
import type { QueryServices } from '../services/iam/services.js';
import type { Caller } from './operation.js';
import { compileInput } from './validate.js';

export type QueryService = 'iam' | 'sts';

/** Where the caller stands: for ARNs of its account. */
export interface QueryScope {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

export interface QueryCall<Input = unknown> {
  readonly requestId: string;
  readonly input: Input;
  /** Of operations that take unsigned calls: nobody. */
  readonly caller: Caller;
  readonly scope: QueryScope;
  readonly sourceIp: string;
  readonly secure: boolean;
  readonly userAgent: string;
  /** Epoch milliseconds by which the caller must have an answer. */
  readonly deadline: number;
  /** What the request says to the conditions of policies. */
  readonly facts: Omit<RequestFacts, 'action' | 'resourceAccountId'>;
  /** What `run` decides itself goes here, for the audit trail. */
  readonly decisions: Decision[];
}

/** How a call is authorized before `run`. */
export type QueryAccess<Input> =
  /** Identity policies decide on `<service>:<name>` (or `action`) and this resource. */
  | {
      readonly by: 'identity';
      readonly action?: string;
      /** The ARN, or `*`. Reads what it must of the directory (a path is part of an ARN). */
      readonly resource: (
        input: Input,
        call: Pick<QueryCall, 'scope' | 'caller'>,
        services: QueryServices,
      ) => string | Promise<string>;
      /** The operation's own condition keys, by lower-case name: `iam:policyarn`, `aws:requesttag/x` … */
      readonly conditions?: (input: Input) => {
        readonly members?: Readonly<Record<string, ConditionValue | undefined>>;
        /** `aws:RequestTag`, `aws:TagKeys`. */
        readonly tags?: ReadonlyMap<string, string>;
        readonly resourceTags?: ReadonlyMap<string, string>;
      };
    }
  /** Any valid signature will do (GetCallerIdentity), or `run` itself decides (AssumeRole's trust policy). */
  | { readonly by: 'signature' }
  /** No signature at all: `run` proves who calls (AssumeRoleWithWebIdentity). */
  | { readonly by: 'nothing' };

export interface QueryDeclaration<InputShape extends TObject, OutputShape extends TObject> {
  readonly service: QueryService;
  readonly name: string;
  readonly summary: string;
  readonly input: InputShape;
  /**
   * `nothing`: no `<XResult>` element. Members are written in the shape's order; arrays as
   * `<member>`, records as `<entry><key/><value/></entry>`, Dates in ISO 8601 to the second.
   */
  readonly output: OutputShape | 'nothing';
  readonly access: QueryAccess<Static<InputShape>>;
  readonly readOnly: boolean;
  /** The members, by name, that a record may show. Secrets never are. */
  readonly audit: {
    readonly request: readonly string[];
    readonly response: readonly string[] | null;
  };
  readonly run: (
    call: QueryCall<Static<InputShape>>,
    services: QueryServices,
  ) => Promise<Static<OutputShape>>;
}

/** A declaration with its types erased, as the face and the pipeline read it. */
export interface QueryOperation {
  readonly service: QueryService;
  readonly name: string;
  readonly summary: string;
  readonly input: TObject;
  readonly output: TObject | 'nothing';
  readonly access: QueryAccess<Record<string, unknown>>;
  readonly readOnly: boolean;
  readonly audit: {
    readonly request: readonly string[];
    readonly response: readonly string[] | null;
  };
  readonly decode: (members: unknown) => Record<string, unknown>;
  readonly run: (call: QueryCall, services: QueryServices) => Promise<Record<string, unknown>>;
}

/** Declares an operation; its input's decoder is compiled here, once. */
export function defineQueryOperation<
  InputShape extends TObject,
  OutputShape extends TObject = TObject<Record<never, never>>,
>(declaration: QueryDeclaration<InputShape, OutputShape>): QueryOperation {
  const { access, run, ...rest } = declaration;
  return {
    ...rest,
    // The one place where types are erased: `decode` makes the very input that these two read.
    access: access as unknown as QueryOperation['access'],
    run: run as unknown as QueryOperation['run'],
    decode: compileInput<Record<string, unknown>>(declaration.input),
  };
}
