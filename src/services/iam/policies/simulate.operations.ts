/** SimulatePrincipalPolicy and SimulateCustomPolicy. Source: IAM API Reference. */

import { type Static, Type } from 'typebox';
import { conditionValue } from '../../../authz/condition-keys.js';
import type { Policy, Principal } from '../../../authz/model.js';
import { compilePolicy } from '../../../authz/policy.js';
import type { PolicyKind } from '../../../authz/policy-source.js';
import type { ConditionValue } from '../../../authz/request.js';
import { accountOfArn } from '../../../kernel/arns.js';
import type { Scope } from '../../../kernel/scope.js';
import { pageOf } from '../directory/paging.js';
import { checkDocument } from '../directory/policy-texts.js';
import { Arn, PolicyDocument, pageInput } from '../directory/shapes.js';
import { decisionWord, simulate } from '../directory/simulation.js';
import { Page } from '../directory/view-shapes.js';
import { actsOnAccount, actsOnArn } from '../entities/access.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamCall, type IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';

const MAX_RESULTS = 1000;

const ContextEntries = Type.Array(
  Type.Object({
    ContextKeyName: Type.String({ minLength: 5, maxLength: 256 }),
    ContextKeyValues: Type.Array(Type.String(), { maxItems: 1000 }),
    ContextKeyType: Type.Optional(Type.String({ maxLength: 32 })),
  }),
  { maxItems: 1000 },
);

const PolicyDocuments = Type.Array(PolicyDocument, { maxItems: 50 });
const common = {
  ActionNames: Type.Array(Type.String({ minLength: 3, maxLength: 128 }), { maxItems: 1000 }),
  ResourceArns: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 2048 }), { maxItems: 1000 }),
  ),
  ResourcePolicy: Type.Optional(PolicyDocument),
  ResourceOwner: Type.Optional(Type.String({ minLength: 1, maxLength: 2048 })),
  CallerArn: Type.Optional(Type.String({ minLength: 1, maxLength: 2048 })),
  ContextEntries: Type.Optional(ContextEntries),
  PermissionsBoundaryPolicyInputList: Type.Optional(PolicyDocuments),
  ...pageInput,
};

const PrincipalInput = Type.Object({
  PolicySourceArn: Arn,
  PolicyInputList: Type.Optional(PolicyDocuments),
  ...common,
});
const CustomInput = Type.Object({ PolicyInputList: PolicyDocuments, ...common });
type CommonInput = Omit<Static<typeof PrincipalInput>, 'PolicySourceArn' | 'PolicyInputList'>;

const EvaluationResults = Page({
  EvaluationResults: Type.Array(
    Type.Object({
      EvalActionName: Type.String(),
      EvalResourceName: Type.String(),
      EvalDecision: Type.String(),
      MatchedStatements: Type.Array(
        Type.Object({ SourcePolicyId: Type.String(), SourcePolicyType: Type.String() }),
      ),
      MissingContextValues: Type.Array(Type.String()),
      PermissionsBoundaryDecisionDetail: Type.Optional(
        Type.Object({ AllowedByPermissionsBoundary: Type.Boolean() }),
      ),
    }),
  ),
});

/** AWS's names of the places where a statement was found. */
const SOURCE_TYPES: Readonly<Record<PolicyKind, string>> = {
  resource: 'Resource Policy',
  trust: 'Resource Policy',
  identity: 'IAM Policy',
  boundary: 'IAM Permissions Boundary Policy',
  session: 'IAM Policy',
};

function inputPolicies(
  texts: readonly string[] | undefined,
  kind: PolicyKind,
  { partition }: Scope,
): Policy[] {
  const prefix = kind === 'boundary' ? 'PermissionsBoundaryPolicyInputList' : 'PolicyInputList';
  return (texts ?? []).map((text, index) => {
    checkDocument('simulated', text, partition);
    return compilePolicy(text, { kind, id: `${prefix}.${index + 1}` });
  });
}

async function results(
  principal: Principal,
  input: CommonInput,
  call: IamCall,
  { wallClock, actionFacts }: Uses<'wallClock' | 'actionFacts'>,
) {
  const now = wallClock();
  const { ResourceArns: resources = ['*'], ActionNames: actions } = input;
  if (actions.length * resources.length > MAX_RESULTS) {
    throw iamError(
      'InvalidInput',
      `At most ${MAX_RESULTS} pairs of action and resource can be simulated.`,
    );
  }
  const context = new Map<string, ConditionValue>();
  for (const { ContextKeyName: name, ContextKeyValues: values } of input.ContextEntries ?? []) {
    const key = name.toLowerCase();
    context.set(key, conditionValue(key, values));
  }
  if (input.ResourcePolicy !== undefined) {
    checkDocument('resource', input.ResourcePolicy, call.scope.partition);
  }
  const resourcePolicy =
    input.ResourcePolicy === undefined
      ? undefined
      : compilePolicy(input.ResourcePolicy, { kind: 'resource', id: 'ResourcePolicy' });
  const pairs = actions.flatMap((action) => resources.map((resource) => ({ action, resource })));
  const evaluated = pairs.map(({ action, resource }, index) => {
    const { region } = call.scope;
    const simulated = { principal, action, resource, context, resourcePolicy, region, now };
    const { decision, matched, missingContextValues } = simulate({
      ...simulated,
      actionFacts: actionFacts(action),
    });
    return {
      position: String(index).padStart(6, '0'),
      view: {
        EvalActionName: action,
        EvalResourceName: resource,
        EvalDecision: decisionWord(decision),
        MatchedStatements: matched.map(({ source, index: statement, sid }) => ({
          SourcePolicyId: `${source.id}#${sid ?? statement}`,
          SourcePolicyType: SOURCE_TYPES[source.kind],
        })),
        MissingContextValues: [...missingContextValues],
        ...(principal.policies.boundary && {
          PermissionsBoundaryDecisionDetail: {
            AllowedByPermissionsBoundary:
              decision.allowed || decision.policyType !== 'permissions boundary',
          },
        }),
      },
    };
  });
  const { items, ...rest } = await pageOf(input, evaluated, ({ position }) => position);
  return { EvaluationResults: items.map(({ view }) => view), ...rest };
}

function withInputs(
  principal: Principal,
  identity: readonly Policy[],
  { PermissionsBoundaryPolicyInputList: texts }: CommonInput,
  scope: Scope,
): Principal {
  const [boundary] = inputPolicies(texts, 'boundary', scope);
  return {
    ...principal,
    policies: {
      ...principal.policies,
      identity: [...principal.policies.identity, ...identity],
      ...(boundary && { boundary }),
    },
  };
}

const simulatePrincipalPolicy = defineIamOperation({
  service: 'iam',
  name: 'SimulatePrincipalPolicy',
  summary: 'Says whether the policies of a user, group or role would allow actions, and why.',
  input: PrincipalInput,
  output: EvaluationResults,
  access: actsOnArn('PolicySourceArn'),
  readOnly: true,
  audit: { request: ['PolicySourceArn', 'ActionNames', 'ResourceArns'], response: null },
  async run(call, { principals, ...ports }: Uses<'principals' | 'wallClock' | 'actionFacts'>) {
    const { input, scope } = call;
    const id = await principals.idOf(input.PolicySourceArn);
    const found = id === undefined ? undefined : await principals.find(id);
    if (found?.accountId !== scope.accountId) {
      throw iamError('NoSuchEntity', `The entity ${input.PolicySourceArn} cannot be found.`);
    }
    const added = inputPolicies(input.PolicyInputList, 'identity', scope);
    return results(withInputs(found, added, input, scope), input, call, ports);
  },
});

const simulateCustomPolicy = defineIamOperation({
  service: 'iam',
  name: 'SimulateCustomPolicy',
  summary: 'Says whether given policies would allow actions, and why.',
  input: CustomInput,
  output: EvaluationResults,
  access: actsOnAccount(undefined),
  readOnly: true,
  audit: { request: ['ActionNames', 'ResourceArns'], response: null },
  async run(call, ports: Uses<'wallClock' | 'actionFacts'>) {
    const { input, caller, scope } = call;
    const arn = input.CallerArn ?? `${caller.principalArn}`;
    const nobody: Principal = {
      type: 'User',
      accountId: accountOfArn(arn) ?? caller.accountId,
      arn,
      principalArn: arn,
      uniqueId: arn,
      userId: arn,
      tags: new Map(),
      policies: { identity: [] },
    };
    const policies = inputPolicies(input.PolicyInputList, 'identity', scope);
    return results(withInputs(nobody, policies, input, scope), input, call, ports);
  },
});

export const simulationOperations: readonly IamOperation[] = [
  simulatePrincipalPolicy,
  simulateCustomPolicy,
];
