/** The language in which an operation of KMS is declared: which keys it needs, and what of them. */

import type { Static, TObject } from 'typebox';
import type { ActionFacts } from '../../authz/condition-keys.js';
import type { AuthorizationRequest, Caller } from '../../authz/model.js';

import type { RequestMembers } from '../../authz/request.js';
import type { KeyUsage } from '../../crypto/algorithms.js';
import {
  type AuditFields,
  type Described,
  describeOperation,
  type Operation,
  type Route,
} from '../../declare/operation.js';
import type { Scope } from '../../kernel/scope.js';
import type { ParsedCiphertext } from './cryptography/ciphertext.js';
import type { ErrorCode } from './errors.js';
import type { Key } from './keys/key.js';
import type { IdForms } from './keys/key-id.js';
import type { StateRule } from './keys/states.js';

/** A call as an operation sees it, after every step before `run` has passed. */
export interface Call<Input = unknown, KeyRole extends string = string> {
  readonly requestId: string;
  readonly input: Input;
  readonly caller: Caller;
  readonly scope: Scope;
  /** The keys that `access.keys` names, by role, resolved, authorized and in a fitting state. */
  readonly keys: Readonly<Record<KeyRole, Key>>;
  /** The ciphertexts that `access.keys` names, by role, taken apart. */
  readonly ciphertexts: Readonly<Record<KeyRole, ParsedCiphertext | undefined>>;
  /** The grants that allowed the call, by the role of the key, where none of the policies did. */
  readonly grantIds: Readonly<Record<KeyRole, readonly string[]>>;
  /** Whether this very principal could do something else to a key: the lockout check's question. */
  readonly wouldAllow: (
    action: `kms:${string}`,
    key: Key,
    members?: RequestMembers['members'],
  ) => boolean;
  /** What `authz` would be asked if this very principal wanted something else of a key. */
  readonly requestFor: (action: `kms:${string}`, key: Key) => AuthorizationRequest;
  /** ARNs of what is made go here before it is committed, for the audit trail. */
  readonly about: string[];
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
  /** The grant that the input names: whoever knows it may know of its key. */
  readonly grantId?: (input: Input) => string | undefined;
  /** `operation`: only a Deny refuses here, everything else is for `run` to decide (RetireGrant). */
  readonly authorizedBy?: 'operation';
  readonly conditions?: (input: Input, facts: { readonly sameKey: boolean }) => RequestMembers;
  readonly usage?: KeyUsage;
  /** The only keys that it is for, within the usage; the operation itself refuses others in its own words. */
  readonly only?: 'symmetric' | 'asymmetric';
  /** Tells conditions for how many days the key has not been used. */
  readonly trailingDays?: true;
  /** Condition keys whose value the caller may give as a unique id: conditions see the ARN. */
  readonly principals?: readonly string[];
  /** `run` wants every grant that allows it, not only the one that decided. */
  readonly everyGrant?: true;
  /** A grant that allows it and one that allows what is needed of the other key name one SourceArn. */
  readonly sameSource?: true;
  readonly state: StateRule;
}

export interface FurtherNeed {
  readonly action: `kms:${string}`;
  /** The Region in which it is needed; the call's own unless given. */
  readonly region?: string;
}

/** What an operation needs of which key; no key means that only identity policies decide. */
export interface Access<Input, KeyRole extends string = string> extends ActionFacts {
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
  /** Whether a grant may be for it. */
  readonly grants: boolean;
  /** Rules about the input alone that AWS applies after the key is found, before its usage. */
  readonly precheck?: (input: Input) => void;
}

/** What KMS itself does of a call in another Region, in a record of its own. */
export interface ElsewhereRecord {
  readonly operation: string;
  readonly region: string;
  /** Members as they are to be shown. */
  readonly request: object;
}

/** How an operation is charged that has no quota of its own. */
export type SharedQuota =
  /** To the quota of the kind of each key that it uses, and of that key's custom key store. */
  | 'keys'
  /** The same for the custom key store, and to the quota of the pair's spec. */
  | 'keyPair'
  /** To the quota of symmetric cryptography, though it has no key. */
  | 'symmetric';

interface KmsDescribed extends Described {
  readonly service: 'kms';
  readonly route: Route;
  readonly errors: readonly ErrorCode[];
  /** A success is a use of its keys, which GetKeyLastUsage tells of. A dry run never succeeds. */
  readonly countsAsUse?: true;
  readonly elsewhere?: (input: Record<string, unknown>) => ElsewhereRecord;
  /** Absent: it has a request quota of its own, of its name. */
  readonly quota?: SharedQuota;
}

export interface Declaration<
  InputShape extends TObject,
  OutputShape extends TObject,
  KeyRole extends string,
  Ports,
> extends Omit<KmsDescribed, 'service' | 'input' | 'output'> {
  readonly input: InputShape;
  readonly output: OutputShape | 'nothing';
  readonly audit: AuditFields;
  /** Rules between members that shapes can't say; they run with the shapes' validation. */
  readonly validate?: (input: Static<InputShape>) => void;
  readonly access: Access<Static<InputShape>, KeyRole>;
  /** What must hold before anything is changed; a dry run ends after it. */
  readonly check?: (call: Call<Static<InputShape>, KeyRole>, ports: Ports) => Promise<void>;
  readonly run: (
    call: Call<Static<InputShape>, KeyRole>,
    ports: Ports,
  ) => Promise<Static<OutputShape>>;
}

/** A declaration with its types erased, but for the ports that it uses. */
export interface KmsOperation<Ports = never> extends Operation, KmsDescribed {
  readonly service: 'kms';
  readonly route: Route;
  readonly errors: readonly ErrorCode[];
  readonly access: Access<Record<string, unknown>>;
  readonly check: ((call: Call, ports: Ports) => Promise<void>) | undefined;
  readonly run: (call: Call, ports: Ports) => Promise<Record<string, unknown>>;
}

/** Declares an operation. */
export function defineOperation<
  InputShape extends TObject,
  OutputShape extends TObject = TObject<Record<never, never>>,
  KeyRole extends string = 'key',
  Ports = object,
>(declaration: Declaration<InputShape, OutputShape, KeyRole, Ports>): KmsOperation<Ports> {
  const { access, run, check, validate, ...rest } = declaration;
  const { action, keys } = access;
  const actions = new Set([...keys.map((need) => need.action), ...(action ? [action] : [])]);
  return {
    ...describeOperation({ ...rest, service: 'kms' as const }, [...actions], validate),
    // The one place where types are erased: `decode` makes the very input that these read.
    access: access as unknown as KmsOperation['access'],
    check: check as unknown as KmsOperation<Ports>['check'],
    run: run as unknown as KmsOperation<Ports>['run'],
  };
}
