import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { KeyIdRef } from '../shapes.js';
import { checkState } from './states.js';

export const disableKey = defineOperation({
  name: 'DisableKey',
  summary: 'Stops the use of a KMS key until it is enabled again.',
  input: Type.Object({ KeyId: KeyIdRef }),
  output: 'nothing',
  route: { method: 'POST', path: '/keys/{KeyId}/disable' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:DisableKey',
        idForms: 'key',
        member: 'KeyId',
        state: 'toggle',
        trailingDays: true,
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
  audit: { request: ['KeyId'], response: 'keyId' },
  async run({ keys: { key } }, { keys, keyStores }) {
    await keys.change(key, (fresh) => {
      checkState('toggle', keyStores.stateOf(fresh), fresh.arn);
      return { enabled: false };
    });
    return {};
  },
});
