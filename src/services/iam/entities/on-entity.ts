import { type Static, type TObject, type TProperties, type TString, Type } from 'typebox';
import type { ConditionValue } from '../../../authz/request.js';
import { askedEntity, renamedEntity } from '../directory/entity-rules.js';
import { GroupName, pageInput, RoleName, UserName } from '../directory/shapes.js';
import {
  type AccessPorts,
  defineIamOperation,
  type IamCall,
  type IamOperation,
} from '../operation.js';

/** The entities that hold policies. */
export type HolderKind = 'user' | 'group' | 'role';

/** How operations are named that exist for each kind, and which member of the input names the entity. */
export const HOLDERS = {
  user: { type: 'User', member: 'UserName', shape: UserName },
  group: { type: 'Group', member: 'GroupName', shape: GroupName },
  role: { type: 'Role', member: 'RoleName', shape: RoleName },
} as const satisfies Record<HolderKind, { type: string; member: string; shape: TString }>;

/** A call that names its entity. */
export interface EntityCall<Input> extends Pick<IamCall<Input>, 'input' | 'scope'> {
  /** The entity's, as the input has it. */
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

interface OnEntity<Members extends TProperties, OutputShape extends TObject, Ports> {
  readonly summary: string;
  /** Beside the one that names the entity. */
  readonly members?: Members;
  readonly output: OutputShape | 'nothing';
  readonly conditions?: Conditions<Static<TObject<Members>>>;
  /** Its second name, where it gets one: it is asked for as well. */
  readonly target?: (input: Static<TObject<Members>>) => EntityName;
  readonly readOnly?: true;
  /** Members that the audit trail doesn't show, beside pages. */
  readonly unrecorded?: readonly (keyof Members)[];
  readonly run: (
    call: EntityCall<Static<TObject<Members>>>,
    ports: Ports,
  ) => Promise<Static<OutputShape>>;
}

/**
 * Declares an operation of IAM on one user, group or role: the member that names it, the authorization
 * on its ARN, and what the audit trail shows follow from the kind.
 */
export function onEntity<
  Members extends TProperties = Record<never, never>,
  OutputShape extends TObject = TObject<Record<never, never>>,
  Ports = object,
>(
  kind: HolderKind,
  name: string,
  declared: OnEntity<Members, OutputShape, Ports>,
): IamOperation<Ports & AccessPorts> {
  const { member, shape } = HOLDERS[kind];
  const { summary, members, output, conditions, target, run } = declared;
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
      resource: (input, { scope }, { directory }) =>
        askedEntity(directory, kind, scope, nameIn(input as Record<string, unknown>)),
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
      ...(conditions && { conditions: conditions as Conditions<unknown> }),
    },
    readOnly,
    audit: {
      request: Object.keys(properties).filter((each) => !unseen.includes(each)),
      response: null,
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
