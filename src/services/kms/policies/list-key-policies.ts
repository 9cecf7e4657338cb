import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { KeyIdRef, Limit, Marker, PolicyName, pageMembers } from '../shapes.js';
import { KEY_POLICY_NAME } from './policy.js';

export const listKeyPolicies = defineOperation({
  name: 'ListKeyPolicies',
  summary: "Lists the names of a KMS key's policies: always the one named default.",
  input: Type.Object({
    KeyId: KeyIdRef,
    Limit: Type.Optional(Limit),
    Marker: Type.Optional(Marker),
  }),
  output: Type.Object({ PolicyNames: Type.Array(PolicyName), ...pageMembers }),
  route: { method: 'GET', path: '/keys/{KeyId}/policies' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:ListKeyPolicies',
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
  audit: { request: ['KeyId', 'Limit', 'Marker'], response: null },
  async run() {
    return { PolicyNames: [KEY_POLICY_NAME], Truncated: false };
  },
});
