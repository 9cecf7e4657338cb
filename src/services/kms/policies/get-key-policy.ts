import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import { KeyIdRef, Policy, PolicyName } from '../shapes.js';
import { shownKeyPolicy } from './key-policy.js';
import { KEY_POLICY_NAME } from './policy.js';

export const getKeyPolicy = defineOperation({
  name: 'GetKeyPolicy',
  summary: 'Answers the key policy of a KMS key, as it was put.',
  input: Type.Object({ KeyId: KeyIdRef, PolicyName: Type.Optional(PolicyName) }),
  output: Type.Object({ Policy, PolicyName }),
  route: { method: 'GET', path: '/keys/{KeyId}/policy' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:GetKeyPolicy',
        idForms: 'key',
        member: 'KeyId',
        state: 'any',
      },
    ],
    crossAccount: false,
    grants: false,
  },
  readOnly: true,
  errors: [
    'NotFoundException',
    'InvalidArnException',
    'DependencyTimeoutException',
    'KMSInternalException',
    'KMSInvalidStateException',
  ],
  audit: { request: ['KeyId', 'PolicyName'], response: null },
  async run({ input, keys: { key } }, { principals }) {
    if ((input.PolicyName ?? KEY_POLICY_NAME) !== KEY_POLICY_NAME) throw refuse.policyNotFound();
    return { Policy: await shownKeyPolicy(key, principals), PolicyName: KEY_POLICY_NAME };
  },
});
