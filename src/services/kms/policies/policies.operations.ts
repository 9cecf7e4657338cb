/** A key's policy. Source: AWS KMS API Reference. */

import { Type } from 'typebox';
import type { PrincipalNames } from '../../../authz/policy-principals.js';
import type { KeyRepository } from '../keys/key-repository.js';
import type { Quotas } from '../keys/quotas.js';
import { onKey } from '../on-key.js';
import { refuse } from '../refusals.js';
import { Limit, Marker, Policy, PolicyName, pageMembers } from '../shapes.js';
import {
  checkLockout,
  policyNameCondition,
  prepareKeyPolicy,
  shownKeyPolicy,
} from './key-policy.js';
import { KEY_POLICY_NAME, RAM_POLICY_NAME } from './policy.js';

interface NamePorts {
  /** Who the names in policies are. */
  readonly principals: PrincipalNames;
}

interface PutPorts extends NamePorts {
  readonly keys: Pick<KeyRepository, 'change'>;
  readonly quotas: Pick<Quotas, 'policyBytes'>;
}

export const getKeyPolicy = onKey('GetKeyPolicy', {
  summary: 'Answers the key policy of a KMS key, as it was put.',
  route: 'GET /keys/{KeyId}/policy',
  members: { PolicyName: Type.Optional(PolicyName) },
  output: Type.Object({ Policy, PolicyName }),
  state: 'any',
  conditions: (input) => ({ members: policyNameCondition(input.PolicyName) }),
  readOnly: true,
  errors: ['KMSInvalidStateException'],
  async run({ input, key }, { principals }: NamePorts) {
    if ((input.PolicyName ?? KEY_POLICY_NAME) !== KEY_POLICY_NAME) throw refuse.policyNotFound();
    return { Policy: await shownKeyPolicy(key, principals), PolicyName: KEY_POLICY_NAME };
  },
});

export const putKeyPolicy = onKey('PutKeyPolicy', {
  summary: 'Replaces the key policy of a KMS key.',
  route: 'PUT /keys/{KeyId}/policy',
  members: {
    PolicyName: Type.Optional(PolicyName),
    Policy,
    BypassPolicyLockoutSafetyCheck: Type.Optional(Type.Boolean()),
  },
  state: 'any',
  conditions: (input) => ({
    members: {
      ...policyNameCondition(input.PolicyName),
      'kms:bypasspolicylockoutsafetycheck': input.BypassPolicyLockoutSafetyCheck?.toString(),
    },
  }),
  errors: [
    'MalformedPolicyDocumentException',
    'UnsupportedOperationException',
    'LimitExceededException',
    'KMSInvalidStateException',
  ],
  async run({ input, key, scope, wouldAllow }, { keys, principals, quotas }: PutPorts) {
    const name = input.PolicyName ?? KEY_POLICY_NAME;
    if (name === RAM_POLICY_NAME) {
      throw refuse.validation('The AWS_RAM policy can only be managed by the RAM service.');
    }
    if (name !== KEY_POLICY_NAME) {
      throw refuse.unsupported(`The only valid policy name is ${KEY_POLICY_NAME}.`);
    }
    const stored = await prepareKeyPolicy(input.Policy, scope.partition, principals, quotas);
    if (!input.BypassPolicyLockoutSafetyCheck) {
      checkLockout({ wouldAllow }, { ...key, ...stored });
    }
    await keys.change(key, () => stored);
    return {};
  },
});

export const listKeyPolicies = onKey('ListKeyPolicies', {
  summary: "Lists the names of a KMS key's policies: always the one named default.",
  route: 'GET /keys/{KeyId}/policies',
  members: { Limit: Type.Optional(Limit), Marker: Type.Optional(Marker) },
  output: Type.Object({ PolicyNames: Type.Array(PolicyName), ...pageMembers }),
  state: 'any',
  readOnly: true,
  errors: ['KMSInvalidStateException'],
  without: ['InvalidMarkerException'],
  async run() {
    return { PolicyNames: [KEY_POLICY_NAME], Truncated: false };
  },
});
