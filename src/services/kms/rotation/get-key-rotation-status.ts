import { Type } from 'typebox';
import { Timestamp } from '../../../declare/shape-kinds.js';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import { KeyIdRef, RotationPeriodInDays } from '../shapes.js';

export const getKeyRotationStatus = defineOperation({
  name: 'GetKeyRotationStatus',
  summary: 'Says whether and when a KMS key rotates automatically.',
  input: Type.Object({ KeyId: KeyIdRef }),
  output: Type.Object({
    KeyId: KeyIdRef,
    KeyRotationEnabled: Type.Boolean(),
    RotationPeriodInDays: Type.Optional(RotationPeriodInDays),
    NextRotationDate: Type.Optional(Timestamp),
    OnDemandRotationStartDate: Type.Optional(Timestamp),
  }),
  route: { method: 'GET', path: '/keys/{KeyId}/rotation' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:GetKeyRotationStatus',
        idForms: 'key',
        member: 'KeyId',
        state: 'rotationStatus',
      },
    ],
    crossAccount: true,
    grants: false,
  },
  readOnly: true,
  errors: [
    'DependencyTimeoutException',
    'NotFoundException',
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'UnsupportedOperationException',
  ],
  audit: { request: ['KeyId'], response: null },
  async run({ keys: { key } }, { customKeyStoreLimits }) {
    const inStore = key.customKeyStoreId !== undefined;
    if (inStore && customKeyStoreLimits === 'aws') throw refuse.origin(key.arn, key.origin);
    const { rotationPeriodInDays, nextRotationDate } = key;
    const pending = key.status === 'pending-deletion' || key.status === 'pending-replica-deletion';
    if (pending || rotationPeriodInDays === undefined || !nextRotationDate) {
      return { KeyId: key.arn, KeyRotationEnabled: false };
    }
    return {
      KeyId: key.arn,
      KeyRotationEnabled: true,
      RotationPeriodInDays: rotationPeriodInDays,
      NextRotationDate: nextRotationDate,
    };
  },
});
