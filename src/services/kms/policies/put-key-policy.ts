import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import { KeyIdRef, Policy, PolicyName } from '../shapes.js';
import { checkLockout, prepareKeyPolicy } from './key-policy.js';
import { KEY_POLICY_NAME } from './policy.js';

export const putKeyPolicy = defineOperation({
  name: 'PutKeyPolicy',
  summary: 'Replaces the key policy of a KMS key.',
  input: Type.Object({
    KeyId: KeyIdRef,
    PolicyName: Type.Optional(PolicyName),
    Policy,
    BypassPolicyLockoutSafetyCheck: Type.Optional(Type.Boolean()),
  }),
  output: 'nothing',
  route: { method: 'PUT', path: '/keys/{KeyId}/policy' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:PutKeyPolicy',
        idForms: 'key',
        member: 'KeyId',
        state: 'any',
        conditions: (input) => ({
          members: {
            'kms:bypasspolicylockoutsafetycheck': input.BypassPolicyLockoutSafetyCheck?.toString(),
          },
        }),
      },
    ],
    crossAccount: false,
    grants: false,
  },
  readOnly: false,
  errors: [
    'NotFoundException',
    'InvalidArnException',
    'MalformedPolicyDocumentException',
    'DependencyTimeoutException',
    'UnsupportedOperationException',
    'KMSInternalException',
    'LimitExceededException',
    'KMSInvalidStateException',
  ],
  audit: {
    request: ['KeyId', 'PolicyName', 'Policy', 'BypassPolicyLockoutSafetyCheck'],
    response: 'keyId',
  },
  async run({ input, keys: { key }, wouldAllow }, { keys, principals, quotas }) {
    const name = input.PolicyName ?? KEY_POLICY_NAME;
    if (name !== KEY_POLICY_NAME) {
      throw refuse.unsupported(`The only valid policy name is ${KEY_POLICY_NAME}.`);
    }
    const stored = await prepareKeyPolicy(input.Policy, principals, quotas);
    if (!input.BypassPolicyLockoutSafetyCheck) {
      checkLockout(wouldAllow('kms:PutKeyPolicy', { ...key, ...stored }));
    }
    await keys.change(key, () => stored);
    return {};
  },
});
