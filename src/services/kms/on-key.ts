/**
 * Operations on one key that `KeyId` names. What nearly all of them share follows from what is special
 * of each: the member, the errors, what the audit trail shows.
 */

import { type Static, type TObject, type TProperties, Type } from 'typebox';
import type { RequestMembers } from '../../authz/request.js';
import type { KeyUsage } from '../../crypto/algorithms.js';
import type { Route } from '../../declare/operation.js';
import type { Shape } from '../../declare/validate.js';
import type { ErrorCode } from './errors.js';
import type { Key } from './keys/key.js';
import type { StateRule } from './keys/states.js';
import {
  type Call,
  defineOperation,
  type ElsewhereRecord,
  type FurtherNeed,
  type KeyNeed,
  type KmsOperation,
  type SharedQuota,
} from './operation.js';
import { KeyIdRef } from './shapes.js';

type OnKeyInput<Members extends TProperties> = TObject<{ KeyId: typeof KeyIdRef } & Members>;

/** A call about one key. */
export interface KeyCall<Input = unknown> extends Call<Input, 'key'> {
  readonly key: Key;
  /** The declared rule: whoever changes the key's row asks it again of the row as it is then. */
  readonly rule: StateRule;
}

export interface OnKey<Members extends TProperties, OutputShape extends TObject, Ports> {
  readonly summary: string;
  /** Method and path below `/v1`, for example `POST /keys/{KeyId}/enable`. */
  readonly route: `${Route['method']} /${string}`;
  /** Input members beside KeyId, or with it where AWS's model names it later. */
  readonly members?: Members;
  /** Absent: AWS answers an empty body. */
  readonly output?: OutputShape;
  readonly state: StateRule;
  readonly usage?: KeyUsage;
  readonly only?: KeyNeed<never>['only'];
  /** `any`: the key may also be named by an alias. */
  readonly keyIds?: 'any';
  readonly conditions?: (input: Static<OnKeyInput<Members>>) => RequestMembers;
  readonly principals?: readonly string[];
  readonly everyGrant?: true;
  readonly trailingDays?: true;
  /** Further actions that identity policies must allow on any key of the account. */
  readonly alsoNeeds?: {
    readonly actions: (input: Static<OnKeyInput<Members>>) => readonly FurtherNeed[];
    /** What the input says to the conditions of these. */
    readonly conditions: (input: Static<OnKeyInput<Members>>) => RequestMembers;
  };
  /** Another account's principal, or a grant, may allow it. */
  readonly crossAccount?: true;
  readonly grants?: true;
  readonly grantIsForAwsResource?: true;
  readonly readOnly?: true;
  /** Strongroom's own: AWS's protocol doesn't have it. */
  readonly restOnly?: true;
  /** A success is a use of the key, which GetKeyLastUsage tells of. */
  readonly countsAsUse?: true;
  /** Absent: it has a request quota of its own, of its name. */
  readonly quota?: SharedQuota;
  /** Beyond those that follow from the rest. */
  readonly errors?: readonly ErrorCode[];
  /** Errors that follow from the rest and that AWS doesn't model for this operation. */
  readonly without?: readonly ErrorCode[];
  /** Output members that the audit trail may show. */
  readonly shown?: readonly string[];
  /** Input members that the audit trail doesn't show, beside secrets, octets and tokens. */
  readonly hidden?: readonly string[];
  readonly elsewhere?: (input: Record<string, unknown>) => ElsewhereRecord;
  readonly validate?: (input: Static<OnKeyInput<Members>>) => void;
  readonly precheck?: (input: Static<OnKeyInput<Members>>) => void;
  readonly check?: (call: KeyCall<Static<OnKeyInput<Members>>>, ports: Ports) => Promise<void>;
  readonly run: (
    call: KeyCall<Static<OnKeyInput<Members>>>,
    ports: Ports,
  ) => Promise<Static<OutputShape>>;
}

/** Declares an operation on one key; its action is `kms:<name>`. */
export function onKey<
  Members extends TProperties = Record<never, never>,
  OutputShape extends TObject = TObject<Record<never, never>>,
  Ports = object,
>(name: string, declared: OnKey<Members, OutputShape, Ports>): KmsOperation<Ports> {
  const { output = 'nothing', readOnly = false, shown, hidden = [], members } = declared;
  const named = members && 'KeyId' in members ? members : { KeyId: KeyIdRef, ...members };
  const input = Type.Object(named) as OnKeyInput<Members>;
  const [method, path] = declared.route.split(' ') as [Route['method'], string];
  return defineOperation<OnKeyInput<Members>, OutputShape, 'key', Ports>({
    name,
    summary: declared.summary,
    input,
    output,
    route: { method, path },
    access: {
      keys: [
        {
          role: 'key',
          action: `kms:${name}`,
          idForms: declared.keyIds ?? 'key',
          member: 'KeyId' as Extract<keyof Static<OnKeyInput<Members>>, string>,
          state: declared.state,
          ...(declared.usage && { usage: declared.usage }),
          ...(declared.only && { only: declared.only }),
          ...(declared.conditions && { conditions: declared.conditions }),
          ...(declared.trailingDays && { trailingDays: true }),
          ...(declared.principals && { principals: declared.principals }),
          ...(declared.everyGrant && { everyGrant: true }),
        },
      ],
      crossAccount: declared.crossAccount ?? false,
      grants: declared.grants ?? false,
      ...(declared.grantIsForAwsResource && { grantIsForAwsResource: true }),
      ...(declared.alsoNeeds && {
        alsoNeeds: declared.alsoNeeds.actions,
        conditions: declared.alsoNeeds.conditions,
      }),
      ...(declared.precheck && { precheck: declared.precheck }),
    },
    readOnly,
    ...(declared.restOnly && { restOnly: true }),
    ...(declared.countsAsUse && { countsAsUse: true }),
    ...(declared.quota && { quota: declared.quota }),
    errors: errorsOf(declared, input.properties),
    audit: {
      request: recorded(input.properties).filter((member) => !hidden.includes(member)),
      response: readOnly ? null : (shown ?? (output === 'nothing' ? 'keyId' : null)),
    },
    ...(declared.elsewhere && { elsewhere: declared.elsewhere }),
    ...(declared.validate && { validate: declared.validate }),
    // A call of such an operation has its one key.
    ...(declared.check && { check: declared.check as OnKeyRun<Members, void, Ports> }),
    run: declared.run as OnKeyRun<Members, Static<OutputShape>, Ports>,
  });
}

type OnKeyRun<Members extends TProperties, Result, Ports> = (
  call: Call<Static<OnKeyInput<Members>>, 'key'>,
  ports: Ports,
) => Promise<Result>;

/** What every call on a key may meet, what its state and usage add, and what its own members do. */
function errorsOf(
  {
    state,
    usage,
    errors = [],
    without = [],
  }: Pick<OnKey<TProperties, TObject, never>, 'state' | 'usage' | 'errors' | 'without'>,
  members: TProperties,
): ErrorCode[] {
  const all: readonly ErrorCode[] = [
    'NotFoundException',
    'InvalidArnException',
    'DependencyTimeoutException',
    'KMSInternalException',
    ...(state === 'any' ? [] : (['KMSInvalidStateException'] as const)),
    ...(state === 'cryptography'
      ? (['DisabledException', 'KeyUnavailableException'] as const)
      : []),
    ...(usage ? (['InvalidKeyUsageException'] as const) : []),
    ...('GrantTokens' in members ? (['InvalidGrantTokenException'] as const) : []),
    ...('DryRun' in members ? (['DryRunOperationException'] as const) : []),
    ...('Marker' in members ? (['InvalidMarkerException'] as const) : []),
    ...errors,
  ];
  return [...new Set(all)].filter((code) => !without.includes(code));
}

/** Secrets, octets and tokens are never recorded. */
function recorded(members: TProperties): string[] {
  return Object.entries(members)
    .filter(([name, shape]) => {
      const { sensitive, contentEncoding } = shape as Shape;
      return !sensitive && contentEncoding === undefined && !/Token|Recipient/.test(name);
    })
    .map(([name]) => name);
}
