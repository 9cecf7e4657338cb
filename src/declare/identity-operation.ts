/**
 * The language in which an operation is declared whose access identity policies alone decide: IAM,
 * STS, and every service that knows no resource policies.
 */

import type { Static, TObject } from 'typebox';
import type { RequestFacts } from '../authz/condition-keys.js';
import type { Decision } from '../authz/decision.js';
import type { Caller } from '../authz/model.js';

import type { ConditionValue } from '../authz/request.js';
import type { Scope } from '../kernel/scope.js';
import { type Described, describeOperation, type Operation } from './operation.js';

/** A call as an operation sees it, after every step before `run` has passed. */
export interface IdentityCall<Input = unknown> {
  readonly requestId: string;
  readonly input: Input;
  /** Of operations that take unsigned calls: nobody. */
  readonly caller: Caller;
  /** Of the caller's temporary credentials. A secret: for making further ones of them alone. */
  readonly sessionToken: string | undefined;
  readonly scope: Scope;
  /** Epoch milliseconds by which the caller must have an answer. */
  readonly deadline: number;
  /** What the request says to the conditions of policies. */
  readonly facts: Omit<RequestFacts, 'action' | 'resourceAccountId'>;
  /** What `run` decides itself goes here, for the audit trail. */
  readonly decisions: Decision[];
  /** ARNs of what the call is about; what `run` finds out goes here, for the audit trail. */
  readonly about: string[];
}

/** A further permission that a call needs, asked for after the first. */
export interface FurtherNeed<Input, Ports> {
  /** Missing: the operation's own, on another resource. */
  readonly action?: string;
  /** Missing: the operation's own. */
  readonly resource?: ResourceOf<Input, Ports>;
  /** Missing: always. */
  readonly when?: (input: Input) => boolean;
}

/** What a call is about, as conditions see it. */
export interface AskedResource {
  /** Or `*`. */
  readonly arn: string;
  /** `aws:ResourceTag`. */
  readonly tags?: ReadonlyMap<string, string>;
  /** `iam:ResourceTag`. */
  readonly iamTags?: ReadonlyMap<string, string>;
  /** Two of its tag keys that differ by case alone are one. */
  readonly tagKeysIgnoreCase?: boolean;
  /** Condition keys of the resource, by lower-case name; the request's own go before them. */
  readonly members?: Readonly<Record<string, ConditionValue | undefined>>;
}

/** An ARN says it where there is no more to say. Reads what it must of the directory. */
type ResourceOf<Input, Ports> = (
  input: Input,
  call: Pick<IdentityCall, 'scope' | 'caller'>,
  ports: Ports,
) => string | AskedResource | Promise<string | AskedResource>;

/** How a call is authorized before `run`. */
export type IdentityAccess<Input, Ports> =
  /** Identity policies decide on `<service>:<name>` (or `action`) and this resource. */
  | {
      readonly by: 'identity';
      readonly action?: string;
      readonly resource: ResourceOf<Input, Ports>;
      /** The resource of every call, where it is about the account as a whole. */
      readonly onAccount?: (scope: Scope) => string;
      readonly also?: readonly FurtherNeed<Input, Ports>[];
      /** Conditions see the permissions boundary of what the call is about. */
      readonly boundary?: true | undefined;
      /** The operation's own condition keys, by lower-case name: `iam:policyarn`, `aws:requesttag/x` … */
      readonly conditions?: (input: Input) => {
        readonly members?: Readonly<Record<string, ConditionValue | undefined>>;
        /** `aws:RequestTag`, `aws:TagKeys`. */
        readonly tags?: ReadonlyMap<string, string>;
      };
    }
  /** Any valid signature will do (GetCallerIdentity), or `run` itself decides (AssumeRole's trust policy). */
  | { readonly by: 'signature' }
  /** No signature at all: `run` proves who calls (AssumeRoleWithWebIdentity). */
  | { readonly by: 'nothing' };

export interface IdentityDeclaration<
  InputShape extends TObject,
  OutputShape extends TObject,
  Ports,
  AccessPorts = Ports,
> extends Omit<Described, 'input' | 'output'> {
  readonly input: InputShape;
  /** Members are answered in the order in which `run` names them. */
  readonly output: OutputShape | 'nothing';
  readonly access: IdentityAccess<Static<InputShape>, AccessPorts>;
  readonly run: (
    call: IdentityCall<Static<InputShape>>,
    ports: Ports,
  ) => Promise<Static<OutputShape>>;
}

/** A declaration with its types erased, but for the ports that it uses. */
export interface IdentityOperation<Ports = never> extends Operation {
  readonly access: IdentityAccess<Record<string, unknown>, Ports>;
  readonly run: (call: IdentityCall, ports: Ports) => Promise<Record<string, unknown>>;
}

/** Declares an operation. */
export function defineIdentityOperation<
  InputShape extends TObject,
  OutputShape extends TObject = TObject<Record<never, never>>,
  Ports = object,
  AccessPorts = object,
>(
  declaration: IdentityDeclaration<InputShape, OutputShape, Ports, AccessPorts>,
): IdentityOperation<Ports & AccessPorts> {
  const { access, run, ...rest } = declaration;
  return {
    ...describeOperation(rest, actionsOf(declaration)),
    unsigned: access.by === 'nothing',
    // The one place where types are erased: `decode` makes the very input that these two read.
    access: access as unknown as IdentityOperation<Ports & AccessPorts>['access'],
    run: run as unknown as IdentityOperation<Ports & AccessPorts>['run'],
  };
}

function actionsOf<InputShape extends TObject, OutputShape extends TObject, Ports, AccessPorts>({
  access,
  service,
  name,
}: IdentityDeclaration<InputShape, OutputShape, Ports, AccessPorts>): string[] {
  if (access.by !== 'identity') return [];
  const own = access.action ?? `${service}:${name}`;
  return [...new Set([own, ...(access.also ?? []).map(({ action = own }) => action)])];
}
