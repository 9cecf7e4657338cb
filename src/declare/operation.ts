/** The language in which an operation is declared: everything that is true of it, in its own file. */
import type { Static, TObject } from 'typebox';
import type { Principal } from '../authz/principal.js';
import type { ConditionValue } from '../authz/request.js';
import type { ParsedCiphertext } from '../services/kms/cryptography/ciphertext.js';
import type { ErrorCode } from '../services/kms/errors.js';
import type { Key } from '../services/kms/keys/key.js';
import type { IdForms, Scope } from '../services/kms/keys/key-id.js';
import type { StateRule } from '../services/kms/keys/states.js';
import type { Services } from '../services/kms/services.js';
import type { KeyUsage } from '../services/kms/shapes.js';
import { compileInput } from './validate.js';

/** Who calls, and with which access key. */
export type Caller = Principal & { readonly accessKeyId: string };

/** What an operation's input says to conditions of policies, about one key or about none. */
export interface RequestMembers {
  readonly encryptionContext?: Readonly<Record<string, string>> | undefined;
  /** The operation's own condition keys, by lower-case name. */
  readonly members?: Readonly<Record<string, ConditionValue | undefined>>;
  /** `aws:RequestTag` and `aws:TagKeys`. */
  readonly tags?: ReadonlyMap<string, string> | undefined;
  readonly tagKeys?: readonly string[] | undefined;
}

/** A call as an operation sees it, after every step before `run` has passed. */
export interface Call<Input = unknown, KeyRole extends string = string> {
  readonly requestId: string;
  readonly operation: string;
  readonly input: Input;
  readonly caller: Caller;
  readonly region: string;
  readonly partition: string;
  /** The keys that `access.keys` names, by role, resolved, authorized and in a fitting state. */
  readonly keys: Readonly<Record<KeyRole, Key>>;
  /** The ciphertexts that `access.keys` names, by role, taken apart. */
  readonly ciphertexts: Readonly<Partial<Record<KeyRole, ParsedCiphertext>>>;
  /** The grants that allowed the call, by the role of the key, where none of the policies did. */
  readonly grantIds: Readonly<Partial<Record<KeyRole, string>>>;
  /** Whether this very principal could do something else to a key: the lockout check's question. */
  readonly wouldAllow: (action: `kms:${string}`, key: Key) => boolean;
  /** Whether the principal's identity policies alone allow something on a key. */
  readonly identityAllows: (action: `kms:${string}`, key: Key) => boolean;
  /** Epoch milliseconds by which the caller must have an answer. */
  readonly deadline: number;
}

/** Which key an operation needs, and what must be true of it. */
export interface KeyNeed<Input, KeyRole extends string = string> {
  readonly role: KeyRole;
  /** The IAM action that is authorized on this key. */
  readonly action: `kms:${string}`;
  readonly idForms: IdForms;
  /** The input member that names the key. */
  readonly member: Extract<keyof Input, string>;
  /** Where the key's name comes from if not from the member alone: a grant token. */
  readonly named?: (input: Input, scope: Scope) => string | undefined;
  /** The symmetric ciphertext whose header names the key; a named key must be the same one. */
  readonly blob?: (input: Input) => Buffer | undefined;
  /** A filter, not a subject: `access.action` decides, and nothing is resolved without the member. */
  readonly optional?: true;
  /** `operation`: only a Deny refuses here, everything else is for `run` to decide (RetireGrant). */
  readonly authorizedBy?: 'operation';
  readonly conditions?: (input: Input, facts: { readonly sameKey: boolean }) => RequestMembers;
  readonly usage?: KeyUsage;
  /** Tells conditions for how many days the key has not been used. */
  readonly trailingDays?: true;
  readonly state: StateRule;
}

export interface FurtherNeed {
  readonly action: `kms:${string}`;
  /** The Region in which it is needed; the call's own unless given. */
  readonly region?: string;
}

/** What an operation needs of which key; no key means that only identity policies decide. */
export interface Access<Input, KeyRole extends string = string> {
  readonly keys: readonly KeyNeed<Input, KeyRole>[];
  /** The action, for operations without a key: identity policies alone decide. */
  readonly action?: `kms:${string}`;
  /** What the input says to the conditions of `action` and `alsoNeeds`. */
  readonly conditions?: (input: Input) => RequestMembers;
  /** The member with an alias's name: `action` is also authorized on the alias, by identity policies. */
  readonly alias?: Extract<keyof Input, string>;
  /** Further actions that identity policies must allow on any key of the account, with `conditions`. */
  readonly alsoNeeds?: (input: Input) => readonly FurtherNeed[];
  /** Whether another account's principal may be allowed. */
  readonly crossAccount: boolean;
  /** Whether a grant may allow it. */
  readonly grants: boolean;
  /** Rules about the input alone that AWS applies after the key is found, before its usage. */
  readonly precheck?: (input: Input) => void;
}

/** The members, by name, that a record of the audit trail may show. Blobs never are. */
export interface AuditFields {
  readonly request: readonly string[];
  /** `keyId`: the mutated key's ARN, for operations that answer nothing. */
  readonly response: readonly string[] | 'keyId' | null;
  /** What KMS itself does of the call in another Region, in a record of its own. */
  readonly elsewhere?: (input: Record<string, unknown>) => ElsewhereRecord;
}

/** The record of a call's effect in another Region. */
export interface ElsewhereRecord {
  readonly operation: string;
  readonly region: string;
  /** Members as they are to be shown. */
  readonly request: object;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/v1`; `{Member}` stands for an input member. */
  readonly path: string;
}

export interface Declaration<
  InputShape extends TObject,
  OutputShape extends TObject,
  KeyRole extends string,
> {
  readonly name: string;
  readonly summary: string;
  readonly input: InputShape;
  /** `nothing`: a zero-length body, as AWS answers operations without an output shape. */
  readonly output: OutputShape | 'nothing';
  readonly route: Route;
  /** Rules between members that shapes can't say; they run with the shapes' validation. */
  readonly validate?: (input: Static<InputShape>) => void;
  readonly access: Access<Static<InputShape>, KeyRole>;
  readonly readOnly: boolean;
  readonly errors: readonly ErrorCode[];
  readonly audit: AuditFields;
  /** What must hold before anything is changed; a dry run ends after it. */
  readonly check?: (call: Call<Static<InputShape>, KeyRole>, services: Services) => Promise<void>;
  readonly run: (
    call: Call<Static<InputShape>, KeyRole>,
    services: Services,
  ) => Promise<Static<OutputShape>>;
}

/** A declaration with its types erased, as the pipeline, the faces and the documents read it. */
export interface Operation {
  readonly name: string;
  readonly summary: string;
  readonly input: TObject;
  readonly output: TObject | 'nothing';
  readonly route: Route;
  readonly access: Access<Record<string, unknown>>;
  readonly readOnly: boolean;
  readonly errors: readonly ErrorCode[];
  readonly audit: AuditFields;
  /** Whether the input has a DryRun member. */
  readonly dryRun: boolean;
  readonly decode: (members: unknown) => Record<string, unknown>;
  readonly check: ((call: Call, services: Services) => Promise<void>) | undefined;
  readonly run: (call: Call, services: Services) => Promise<Record<string, unknown>>;
}

/** Declares an operation; its input's decoder is compiled here, once. */
export function defineOperation<
  InputShape extends TObject,
  OutputShape extends TObject = TObject<Record<never, never>>,
  KeyRole extends string = 'key',
>(declaration: Declaration<InputShape, OutputShape, KeyRole>): Operation {
  const { access, run, check, validate, ...rest } = declaration;
  const decode = compileInput<Static<InputShape>>(declaration.input);
  return {
    ...rest,
    // The one place where types are erased: `decode` makes the very input that these two read.
    access: access as unknown as Operation['access'],
    check: check as unknown as Operation['check'],
    run: run as unknown as Operation['run'],
    dryRun: 'DryRun' in declaration.input.properties,
    decode: (members) => {
      const input = decode(members);
      validate?.(input);
      return input as Record<string, unknown>;
    },
  };
}
