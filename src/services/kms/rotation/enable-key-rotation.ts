import { Type } from 'typebox';
import { checkState } from '../keys/states.js';
import { defineOperation } from '../operation.js';
import { KeyIdRef, RotationPeriodInDays } from '../shapes.js';
import { DEFAULT_ROTATION_PERIOD_DAYS, requireRotatable, rotationSetting } from './rotation.js';

export const enableKeyRotation = defineOperation({
  name: 'EnableKeyRotation',
  summary: 'Rotates a symmetric KMS key every 90 to 2560 days.',
  input: Type.Object({
    KeyId: KeyIdRef,
    RotationPeriodInDays: Type.Optional(RotationPeriodInDays),
  }),
  output: 'nothing',
  route: { method: 'PUT', path: '/keys/{KeyId}/rotation' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:EnableKeyRotation',
        idForms: 'key',
        member: 'KeyId',
        state: 'rotationSetting',
        conditions: (input) => ({
          members: { 'kms:rotationperiodindays': input.RotationPeriodInDays?.toString() },
        }),
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
  audit: { request: ['KeyId', 'RotationPeriodInDays'], response: 'keyId' },
  async run({ input, keys: { key } }, { keys, keyStores, customKeyStoreLimits, now }) {
    requireRotatable(key, 'AUTOMATIC', customKeyStoreLimits);
    const days = input.RotationPeriodInDays ?? DEFAULT_ROTATION_PERIOD_DAYS;
    await keys.changeFamily(key, (family) => {
      const [fresh] = family;
      checkState('rotationSetting', keyStores.stateOf(fresh), fresh.arn);
      requireRotatable(fresh, 'AUTOMATIC', customKeyStoreLimits);
      const setting = rotationSetting(fresh, days, now());
      return { put: family.map((member) => ({ ...member, ...setting })) };
    });
    return {};
  },
});
