import { Type } from 'typebox';
import { checkState } from '../keys/states.js';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import { KeyIdRef } from '../shapes.js';
import { checkOnDemand, requireRotatable, rotateKey } from './rotation.js';

export const rotateKeyOnDemand = defineOperation({
  name: 'RotateKeyOnDemand',
  summary: 'Rotates a symmetric KMS key now, 25 times at most.',
  input: Type.Object({ KeyId: KeyIdRef }),
  output: Type.Object({ KeyId: KeyIdRef }),
  route: { method: 'POST', path: '/keys/{KeyId}/rotate' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:RotateKeyOnDemand',
        idForms: 'key',
        member: 'KeyId',
        state: 'rotation',
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
    'LimitExceededException',
    'ConflictException',
  ],
  audit: { request: ['KeyId'], response: ['KeyId'] },
  async run({ keys: { key }, deadline }, services) {
    const { keyStores, customKeyStoreLimits, now } = services;
    await rotateKey(
      key,
      {
        type: 'ON_DEMAND',
        deadline,
        check: (fresh) => {
          const state = keyStores.stateOf(fresh);
          checkState('rotation', state, fresh.arn);
          requireRotatable(fresh, 'ON_DEMAND', customKeyStoreLimits);
          if (state === 'Unavailable') throw refuse.unavailable(fresh.arn);
          checkOnDemand(fresh, now());
        },
      },
      services,
    );
    return { KeyId: key.arn };
  },
});
