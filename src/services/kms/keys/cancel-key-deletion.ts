import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { KeyIdRef } from '../shapes.js';
import { checkState } from './states.js';

export const cancelKeyDeletion = defineOperation({
  name: 'CancelKeyDeletion',
  summary: 'Keeps a KMS key that was to be deleted; it is disabled.',
  input: Type.Object({ KeyId: KeyIdRef }),
  output: Type.Object({ KeyId: KeyIdRef }),
  route: { method: 'POST', path: '/keys/{KeyId}/cancel-deletion' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:CancelKeyDeletion',
        idForms: 'key',
        member: 'KeyId',
        state: 'cancelDeletion',
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
  audit: { request: ['KeyId'], response: ['KeyId'] },
  async run({ keys: { key } }, { keys, keyStores }) {
    await keys.change(key, (fresh) => {
      checkState('cancelDeletion', keyStores.stateOf(fresh), fresh.arn);
      return {
        status: 'active',
        deletionDate: undefined,
        pendingWindowInDays: undefined,
        enabled: false,
      };
    });
    return { KeyId: key.arn };
  },
});
