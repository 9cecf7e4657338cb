import { type Static, type TObject, type TProperties, type TString, Type } from 'typebox';
import type { ConditionValue } from '../../../authz/request.js';
import type { EntityKind } from '../directory/entities.js';
import { askedEntity, renamedEntity, type Shown } from '../directory/entity-rules.js';
import {
  Arn,
  GroupName,
  InstanceProfileName,
  pageInput,
  RoleName,
  SerialNumber,
  UserName,
} from '../directory/shapes.js';
import {
  type AccessPorts,
  defineIamOperation,
  type IamCall,
  type IamOperation,
} from '../operation.js';
import { askedByArn } from './access.js';

/** The entities that hold policies. */
export type HolderKind = 'user' | 'group' | 'role';

/**
 * How operations are named that exist for several kinds, which member of the input names the entity, and
 * what summaries call it.
 */
export const ENTITIES = {
  user: { type: 'User', member: 'UserName', shape: UserName, called: 'a user' },
  group: { type: 'Group', member: 'GroupName', shape: GroupName, called: 'a group' },
  role: { type: 'Role', member: 'RoleName', shape: RoleName, called: 'a role' },
  policy: { type: 'Policy', member: 'PolicyArn', shape: Arn, called: 'a managed policy' },
  'oidc-provider': {
    type: 'OpenIDConnectProvider',
    member: 'OpenIDConnectProviderArn',
    shape: Arn,
    called: 'an OpenID Connect provider',
  },
  'mfa-device': {
    type: 'MFADevice',
    member: 'SerialNumber',
    shape: SerialNumber,
    called: 'a virtual MFA device',
  },
  'instance-profile': {
    type: 'InstanceProfile',
    member: 'InstanceProfileName',
    shape: InstanceProfileName,
    called: 'an instance profile',
  },
} as const satisfies Record<
  EntityKind,
  { type: string; member: string; shape: TString; called: string }
>;

/** Those that are named by their ARN; the others are by their name. */
const BY_ARN: ReadonlySet<EntityKind> = new Set(['policy', 'oidc-provider', 'mfa-device']);

/** A call that names its entity. */
export interface EntityCall<Input> extends Pick<IamCall<Input>, 'input' | 'scope'> {
  /** The entity's name or ARN, as the input has it. */
  readonly name: string;
}

type Conditions<Input> = (input: Input) => {
  readonly members?: Readonly<Record<string, ConditionValue | undefined>>;
  readonly tags?: ReadonlyMap<string, string>;
};

/** What of an entity's name is to change. */
export interface EntityName {
  readonly name?: string | undefined;
  readonly path?: string | undefined;
}

interface OnEntity<Members extends TProperties, OutputShape extends TObject, Ports> extends Shown {
  readonly summary: string;
  /** Beside the one that names the entity. */
  readonly members?: Members;
  readonly output: OutputShape | 'nothing';
  readonly conditions?: Conditions<Static<TObject<Members>>>;
  /** Its second name, where it gets one: it is asked for as well. */
  readonly target?: (input: Static<TObject<Members>>) => EntityName;
  /** The role that the call gives to a service, under whose name: `iam:PassRole` is asked for as well. */
  readonly passes?: {
    readonly role: (input: Static<TObject<Members>>) => string;
    readonly service: string;
  };
  readonly readOnly?: true;
  /** Members that the audit trail doesn't show, beside pages. */
  readonly unrecorded?: readonly (keyof Members)[];
  readonly run: (
    call: EntityCall<Static<TObject<Members>>>,
    ports: Ports,
  ) => Promise<Static<OutputShape>>;
}

/**
 * Declares an operation of IAM on one entity: the member that names it, the authorization on its ARN,
 * and what the audit trail shows follow from the kind.
 */
export function onEntity<
  Members extends TProperties = Record<never, never>,
  OutputShape extends TObject = TObject<Record<never, never>>,
  Ports = object,
>(
  kind: EntityKind,
  name: string,
  declared: OnEntity<Members, OutputShape, Ports>,
): IamOperation<Ports & AccessPorts> {
  const { member, shape } = ENTITIES[kind];
  const { summary, members, output, conditions, target, passes, boundary, run } = declared;
  const { readOnly = false, unrecorded = [] } = declared;
  const unseen: readonly PropertyKey[] = [...Object.keys(pageInput), ...unrecorded];
  const properties: TProperties = { [member]: shape, ...members };
  const nameIn = (input: Readonly<Record<string, unknown>>) => {
    const { [member]: given } = input;
    if (typeof given !== 'string') throw new TypeError(`${name} has no ${member}`);
    return given;
  };
  return defineIamOperation<TObject, OutputShape, Ports>({
    service: 'iam',
    name,
    summary,
    input: Type.Object(properties),
    output,
    access: {
      by: 'identity',
      boundary,
      resource: (input, { scope }, { directory }) => {
        const named = nameIn(input as Record<string, unknown>);
        return BY_ARN.has(kind)
          ? askedByArn(directory, scope, named)
          : askedEntity(directory, kind, scope, named, { boundary });
      },
      ...(target && {
        also: [
          {
            resource: async (input, { scope }, { directory }) => {
              const named = target(input as Static<TObject<Members>>);
              return renamedEntity(
                directory,
                kind,
                scope,
                nameIn(input as Record<string, unknown>),
                named,
              );
            },
          },
        ],
      }),
      ...(passes && {
        also: [
          {
            action: 'iam:PassRole',
            resource: async (input, { scope }, { directory }) => {
              const role = passes.role(input as Static<TObject<Members>>);
              const asked = await askedEntity(directory, 'role', scope, role);
              return { ...asked, members: { 'iam:passedtoservice': passes.service } };
            },
          },
        ],
      }),
      ...(conditions && { conditions: conditions as Conditions<unknown> }),
    },
    readOnly,
    audit: {
      request: Object.keys(properties).filter((each) => !unseen.includes(each)),
      response: readOnly || output === 'nothing' ? null : Object.keys(output.properties),
    },
    // The input has these members beside the one that is the name.
    run: ({ input, scope }, ports) =>
      run(
        {
          input: input as Static<TObject<Members>>,
          scope,
          name: nameIn(input as Record<string, unknown>),
        },
        ports,
      ),
  });
}
