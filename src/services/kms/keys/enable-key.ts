import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { rotateIfDue } from '../rotation/rotation.js';
import { KeyIdRef } from '../shapes.js';
import { checkState } from './states.js';

export const enableKey = defineOperation({
  name: 'EnableKey',
  summary: 'Lets a KMS key be used again.',
  input: Type.Object({ KeyId: KeyIdRef }),
  output: 'nothing',
  route: { method: 'POST', path: '/keys/{KeyId}/enable' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:EnableKey',
        idForms: 'key',
        member: 'KeyId',
        state: 'toggle',
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
    'LimitExceededException',
    'KMSInternalException',
    'KMSInvalidStateException',
  ],
  audit: { request: ['KeyId'], response: 'keyId' },
  async run({ keys: { key }, deadline }, services) {
    const { keys, keyStores } = services;
    const enabled = await keys.change(key, (fresh) => {
      checkState('toggle', keyStores.stateOf(fresh), fresh.arn);
      return { enabled: true };
    });
    // The key is enabled whatever comes of it: the rotation job tries again what fails here.
    await rotateIfDue(enabled, deadline, services);
    return {};
  },
});
