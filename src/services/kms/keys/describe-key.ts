import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { GrantTokens, KeyIdRef, KeyMetadata } from '../shapes.js';
import { keyMetadata } from './metadata.js';

export const describeKey = defineOperation({
  name: 'DescribeKey',
  summary: 'Describes a KMS key.',
  input: Type.Object({ KeyId: KeyIdRef, GrantTokens: Type.Optional(GrantTokens) }),
  output: Type.Object({ KeyMetadata }),
  route: { method: 'GET', path: '/keys/{KeyId}' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:DescribeKey',
        idForms: 'any',
        member: 'KeyId',
        state: 'any',
      },
    ],
    crossAccount: true,
    grants: true,
  },
  readOnly: true,
  errors: [
    'NotFoundException',
    'InvalidArnException',
    'DependencyTimeoutException',
    'KMSInternalException',
  ],
  audit: { request: ['KeyId'], response: null },
  async run({ keys: { key } }, { keyStores }) {
    return { KeyMetadata: keyMetadata(key, keyStores.stateOf(key)) };
  },
});
