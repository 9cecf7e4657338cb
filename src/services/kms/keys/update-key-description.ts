import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { Description, KeyIdRef } from '../shapes.js';
import { checkState } from './states.js';

export const updateKeyDescription = defineOperation({
  name: 'UpdateKeyDescription',
  summary: 'Replaces the description of a KMS key.',
  input: Type.Object({ KeyId: KeyIdRef, Description }),
  output: 'nothing',
  route: { method: 'PATCH', path: '/keys/{KeyId}' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:UpdateKeyDescription',
        idForms: 'key',
        member: 'KeyId',
        state: 'edit',
      },
    ],
    crossAccount: false,
    grants: false,
  },
  readOnly: false,
  errors: [
    'NotFoundException',
    'InvalidArnException',
    'DependencyTimeoutException',
    'KMSInternalException',
    'KMSInvalidStateException',
  ],
  audit: { request: ['KeyId', 'Description'], response: 'keyId' },
  async run({ input, keys: { key } }, { keys, keyStores }) {
    await keys.change(key, (fresh) => {
      checkState('edit', keyStores.stateOf(fresh), fresh.arn);
      return { description: input.Description };
    });
    return {};
  },
});
