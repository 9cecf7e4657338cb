import { Type } from 'typebox';
import { checkState } from '../keys/states.js';
import { defineOperation } from '../operation.js';
import { KeyIdRef } from '../shapes.js';
import { requireRotatable } from './rotation.js';

export const disableKeyRotation = defineOperation({
  name: 'DisableKeyRotation',
  summary: 'Ends the automatic rotation of a KMS key.',
  input: Type.Object({ KeyId: KeyIdRef }),
  output: 'nothing',
  route: { method: 'DELETE', path: '/keys/{KeyId}/rotation' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:DisableKeyRotation',
        idForms: 'key',
        member: 'KeyId',
        state: 'rotationSetting',
      },
    ],
    crossAccount: false,
    grants: false,
  },
  readOnly: false,
  errors: [
    'DependencyTimeoutException',
    'NotFoundException',
    'DisabledException',
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'UnsupportedOperationException',
  ],
  audit: { request: ['KeyId'], response: 'keyId' },
  async run({ keys: { key } }, { keys, keyStores, customKeyStoreLimits }) {
    // What can't rotate by its spec has no rotation to end, and AWS says so by success.
    if (key.keySpec !== 'SYMMETRIC_DEFAULT') return {};
    requireRotatable(key, 'AUTOMATIC', customKeyStoreLimits);
    await keys.changeFamily(key, (family) => {
      const [fresh] = family;
      checkState('rotationSetting', keyStores.stateOf(fresh), fresh.arn);
      requireRotatable(fresh, 'AUTOMATIC', customKeyStoreLimits);
      const off = { rotationPeriodInDays: undefined, nextRotationDate: undefined };
      return { put: family.map((member) => ({ ...member, ...off })) };
    });
    return {};
  },
});
