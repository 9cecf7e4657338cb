/**
 * What a simulation answers: one result for each action, whatever resources it was simulated on.
 * Source: IAM API Reference, EvaluationResult; recorded-iam.md §3.
 */
import { Type } from 'typebox';
import type { PolicyKind, StatementRef } from '../../../authz/policy-source.js';
import { OneOf } from '../../../declare/shape-kinds.js';
import { decisionWord, type Simulation } from '../directory/simulation.js';
import { type StatementPosition, statementPositions } from './statement-positions.js';

const DECISIONS = ['allowed', 'explicitDeny', 'implicitDeny'] as const;
type DecisionWord = (typeof DECISIONS)[number];

const Position = Type.Object({ Line: Type.Integer(), Column: Type.Integer() });
const MatchedStatement = Type.Object({
  SourcePolicyId: Type.String(),
  SourcePolicyType: Type.String(),
  StartPosition: Type.Optional(Position),
  EndPosition: Type.Optional(Position),
});
const boundaryDetail = {
  PermissionsBoundaryDecisionDetail: Type.Optional(
    Type.Object({ AllowedByPermissionsBoundary: Type.Boolean() }),
  ),
};

export const EvaluationResult = Type.Object({
  EvalActionName: Type.String(),
  EvalResourceName: Type.String(),
  EvalDecision: OneOf(DECISIONS),
  MatchedStatements: Type.Array(MatchedStatement),
  MissingContextValues: Type.Array(Type.String()),
  ...boundaryDetail,
  EvalDecisionDetails: Type.Optional(Type.Record(Type.String(), OneOf(DECISIONS))),
  ResourceSpecificResults: Type.Optional(
    Type.Array(
      Type.Object({
        EvalResourceName: Type.String(),
        EvalResourceDecision: OneOf(DECISIONS),
        MatchedStatements: Type.Optional(Type.Array(MatchedStatement)),
        MissingContextValues: Type.Optional(Type.Array(Type.String())),
        ...boundaryDetail,
      }),
    ),
  ),
});

/** An action on one resource. */
export interface Simulated extends Simulation {
  readonly resource: string;
  /** Whether a boundary was among the policies. */
  readonly bounded: boolean;
}

/** What several resources of a service are called together, by the prefix of its actions. */
const RESOURCE_TEMPLATES: Readonly<Record<string, string>> = {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own spelling
  kms: 'arn:aws:kms:${Region}:${Account}:key/${KeyId}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own spelling
  s3: 'arn:aws:s3:::${BucketName}/${KeyName}',
};

/** From the least to the most restrictive: the whole is as its worst part. */
const ORDER: readonly DecisionWord[] = ['allowed', 'implicitDeny', 'explicitDeny'];

/** AWS's names of the places where a statement was found. */
const SOURCE_TYPES: Readonly<Record<PolicyKind, string>> = {
  resource: 'Resource Policy',
  trust: 'Resource Policy',
  identity: 'IAM Policy',
  boundary: 'IAM Permissions Boundary Policy',
  session: 'IAM Policy',
};

/** Where the statements of given documents stand, by the documents' ids: each is looked through once. */
export function positionsOf(texts: ReadonlyMap<string, string>) {
  const known = new Map<string, readonly StatementPosition[]>();
  return ({ source, index }: StatementRef): StatementPosition | undefined => {
    const text = texts.get(source.id);
    if (text === undefined) return undefined;
    const positions = known.get(source.id) ?? statementPositions(text);
    known.set(source.id, positions);
    return positions[index];
  };
}

/**
 * @param on the action on each resource, at least one
 * @param named whether the resources were named: else it is `*`, and nothing is told of it apart
 */
export function evaluationResult(
  action: string,
  on: readonly Simulated[],
  named: boolean,
  position: ReturnType<typeof positionsOf>,
) {
  const words = on.map(({ decision }) => decisionWord(decision));
  const word = ORDER.findLast((each) => words.includes(each)) ?? 'implicitDeny';
  const [service = ''] = action.toLowerCase().split(':');
  const [only, ...others] = on;
  const together = RESOURCE_TEMPLATES[service] ?? '*';
  return {
    EvalActionName: action,
    EvalResourceName: others.length === 0 ? (only?.resource ?? '*') : together,
    EvalDecision: word,
    MatchedStatements: viewsOf(
      on.flatMap((each) => shownOf(each, word)),
      position,
    ),
    MissingContextValues: [...new Set(on.flatMap((each) => each.missingContextValues))],
    ...boundaryView(on),
    ...(named && {
      EvalDecisionDetails: {},
      ResourceSpecificResults: on.map((each) => {
        const own = decisionWord(each.decision);
        const statements = viewsOf(shownOf(each, own), position);
        return {
          EvalResourceName: each.resource,
          EvalResourceDecision: own,
          ...(statements.length > 0 && { MatchedStatements: statements }),
          ...(each.missingContextValues.length > 0 && {
            MissingContextValues: [...each.missingContextValues],
          }),
          ...boundaryView([each]),
        };
      }),
    }),
  };
}

/** Of an explicit deny AWS names the Deny statements alone. */
function shownOf({ matched, denying }: Simulation, word: DecisionWord): readonly StatementRef[] {
  return word === 'explicitDeny' ? denying : matched;
}

/** Each once. A statement whose text isn't at hand is named behind `#`. */
function viewsOf(refs: readonly StatementRef[], position: ReturnType<typeof positionsOf>) {
  const once = new Map(
    refs.map((ref) => [`${ref.source.kind} ${ref.source.id} ${ref.index}`, ref]),
  );
  return [...once.values()].map((ref) => {
    const { source, index, sid } = ref;
    const stands = position(ref);
    return {
      SourcePolicyId: stands ? source.id : `${source.id}#${sid ?? index}`,
      SourcePolicyType: SOURCE_TYPES[source.kind],
      ...stands,
    };
  });
}

function boundaryView(on: readonly Simulated[]) {
  if (!on.some(({ bounded }) => bounded)) return {};
  const AllowedByPermissionsBoundary = on.every(
    ({ decision }) => decision.allowed || decision.policyType !== 'permissions boundary',
  );
  return { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary } };
}
