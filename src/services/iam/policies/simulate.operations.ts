/** SimulatePrincipalPolicy and SimulateCustomPolicy. Source: IAM API Reference. */

import { type Static, Type } from 'typebox';
import { conditionValue } from '../../../authz/condition-keys.js';
import type { Policy, Principal } from '../../../authz/model.js';
import { compilePolicy } from '../../../authz/policy.js';
import type { PolicyKind } from '../../../authz/policy-source.js';
import type { ConditionValue } from '../../../authz/request.js';
import { accountOfArn } from '../../../kernel/arns.js';
import type { Scope } from '../../../kernel/scope.js';
import { asResource } from '../directory/entity-rules.js';
import { pageOf } from '../directory/paging.js';
import { checkDocument } from '../directory/policy-texts.js';
import { Arn, PolicyDocument, pageInput } from '../directory/shapes.js';
import { simulate } from '../directory/simulation.js';
import { Page } from '../directory/view-shapes.js';
import { actsOnAccount } from '../entities/access.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamCall, type IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';
import { holderNamed } from './held-policies.js';
import { EvaluationResult, evaluationResult, positionsOf } from './simulated-results.js';

const MAX_RESULTS = 1000;
/** An answer names so many statements, each for its action and again for its resource. */
const MAX_MATCHED = 50_000;
const RESOURCE_POLICY = 'ResourcePolicy';

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

const EvaluationResults = Page({ EvaluationResults: Type.Array(EvaluationResult) });

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
  { wallClock, findAction }: Uses<'wallClock' | 'findAction'>,
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
      : compilePolicy(input.ResourcePolicy, { kind: 'resource', id: RESOURCE_POLICY });
  const { region, partition } = call.scope;
  const bounded = principal.policies.boundary !== undefined;
  const position = positionsOf(textsIn(input));
  let matched = 0;
  const evaluated = actions.map((action, index) => {
    const known = findAction(action);
    const on = resources.map((resource) => ({
      ...simulate({
        ...{ principal, action, resource, context, resourcePolicy, partition, region, now, known },
      }),
      ...{ resource, bounded },
    }));
    matched += on.reduce((sum, each) => sum + each.matched.length, 0);
    if (matched > MAX_MATCHED) {
      throw iamError('InvalidInput', `At most ${MAX_MATCHED} matched statements can be shown.`);
    }
    return {
      position: String(index).padStart(6, '0'),
      view: evaluationResult(action, on, input.ResourceArns !== undefined, position),
    };
  });
  const { items, ...rest } = await pageOf(input, evaluated, ({ position: at }) => at);
  return { EvaluationResults: items.map(({ view }) => view), ...rest };
}

/** The documents that came with the request, by the ids that their statements have. */
function textsIn(input: CommonInput & { readonly PolicyInputList?: readonly string[] }) {
  const listed = (['PolicyInputList', 'PermissionsBoundaryPolicyInputList'] as const).flatMap(
    (member) => (input[member] ?? []).map((text, at) => [`${member}.${at + 1}`, text] as const),
  );
  const { ResourcePolicy: resource } = input;
  return new Map([
    ...listed,
    ...(resource === undefined ? [] : [[RESOURCE_POLICY, resource] as const]),
  ]);
}

/** As whom a simulation calls: the ARN says its account. */
function callerOf(arn: string, accountId: string) {
  return {
    accountId: accountOfArn(arn) ?? accountId,
    ...{ arn, principalArn: arn, uniqueId: arn, userId: arn },
  };
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
  access: {
    by: 'identity',
    // Whatever the ARN's path and case, the entity of its name is meant, and its own ARN asked for.
    resource: async ({ PolicySourceArn: arn }, { scope }, { directory }) => {
      const found = await holderNamed(directory, scope, arn);
      return found ? asResource(scope.partition, found) : arn;
    },
  },
  readOnly: true,
  audit: { request: ['PolicySourceArn', 'ActionNames', 'ResourceArns'], response: null },
  async run(
    call,
    {
      directory,
      principals,
      ...ports
    }: Uses<'directory' | 'principals' | 'wallClock' | 'findAction'>,
  ) {
    const { input, scope } = call;
    const source = await holderNamed(directory, scope, input.PolicySourceArn);
    const found = source && (await principals.holding(source));
    if (!found) {
      throw iamError('NoSuchEntity', `The entity ${input.PolicySourceArn} cannot be found.`);
    }
    const { CallerArn: arn } = input;
    const caller = arn === undefined ? found : { ...found, ...callerOf(arn, found.accountId) };
    const added = inputPolicies(input.PolicyInputList, 'identity', scope);
    return results(withInputs(caller, added, input, scope), input, call, ports);
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
  async run(call, ports: Uses<'wallClock' | 'findAction'>) {
    const { input, caller, scope } = call;
    const nobody: Principal = {
      type: 'User',
      ...callerOf(input.CallerArn ?? caller.principalArn, caller.accountId),
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
