/** Which condition keys policies ask for, so that a simulation can be given them. Source: IAM API Reference. */
import { Type } from 'typebox';
import { asResource } from '../directory/entity-rules.js';
import { checkDocument } from '../directory/policy-texts.js';
import { Arn, PolicyDocument } from '../directory/shapes.js';
import { actsOnAccount } from '../entities/access.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';
import { contextKeysIn } from './context-keys.js';
import { heldPolicies, holderNamed } from './held-policies.js';

const PolicyInputList = Type.Array(PolicyDocument, { maxItems: 50 });
const output = Type.Object({ ContextKeyNames: Type.Array(Type.String()) });

/** @throws ServiceError MalformedPolicyDocument */
function checked(texts: readonly string[], partition: string): readonly string[] {
  for (const text of texts) checkDocument('simulated', text, partition);
  return texts;
}

const ofCustomPolicy = defineIamOperation({
  service: 'iam',
  name: 'GetContextKeysForCustomPolicy',
  summary: 'Names the condition keys that given policies ask for.',
  input: Type.Object({ PolicyInputList }),
  output,
  access: actsOnAccount(undefined),
  readOnly: true,
  audit: { request: [], response: null },
  async run({ input, scope: { partition } }) {
    return { ContextKeyNames: contextKeysIn(checked(input.PolicyInputList, partition)) };
  },
});

const ofPrincipalPolicy = defineIamOperation({
  service: 'iam',
  name: 'GetContextKeysForPrincipalPolicy',
  summary: 'Names the condition keys that the policies of a user, group or role ask for.',
  input: Type.Object({ PolicySourceArn: Arn, PolicyInputList: Type.Optional(PolicyInputList) }),
  output,
  access: {
    by: 'identity',
    resource: async ({ PolicySourceArn: arn }, { scope }, { directory }) => {
      const found = await holderNamed(directory, scope, arn);
      return found ? asResource(scope.partition, found) : arn;
    },
  },
  readOnly: true,
  audit: { request: ['PolicySourceArn'], response: null },
  async run({ input, scope }, { directory }: Uses<'directory'>) {
    const { PolicySourceArn: arn, PolicyInputList: added = [] } = input;
    const holder = await holderNamed(directory, scope, arn);
    if (!holder) throw iamError('NoSuchEntity', `The entity ${arn} cannot be found.`);
    const held = await heldPolicies(directory, scope, holder);
    const texts = [...held.map(({ text }) => text), ...checked(added, scope.partition)];
    return { ContextKeyNames: contextKeysIn(texts) };
  },
});

export const contextKeyOperations: readonly IamOperation[] = [ofCustomPolicy, ofPrincipalPolicy];
