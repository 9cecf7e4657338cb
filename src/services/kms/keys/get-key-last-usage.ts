import { Type } from 'typebox';
import { Timestamp } from '../../../declare/shape-kinds.js';
import { defineOperation } from '../operation.js';
import { KeyIdRef } from '../shapes.js';

export const getKeyLastUsage = defineOperation({
  name: 'GetKeyLastUsage',
  summary: 'Says when and by which operation a KMS key was last used.',
  input: Type.Object({ KeyId: KeyIdRef }),
  output: Type.Object({
    KeyId: KeyIdRef,
    KeyLastUsage: Type.Object({
      Operation: Type.Optional(Type.String()),
      Timestamp: Type.Optional(Timestamp),
      CloudTrailEventId: Type.Optional(Type.String()),
      KmsRequestId: Type.Optional(Type.String()),
    }),
    TrackingStartDate: Timestamp,
    KeyCreationDate: Timestamp,
  }),
  route: { method: 'GET', path: '/keys/{KeyId}/last-usage' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:GetKeyLastUsage',
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
  ],
  audit: { request: ['KeyId'], response: null },
  async run({ keys: { key } }, { lastUsage }) {
    const used = await lastUsage.find(key);
    return {
      KeyId: key.arn,
      KeyLastUsage: used
        ? {
            Operation: used.operation,
            Timestamp: used.usedAt,
            CloudTrailEventId: used.eventId,
            KmsRequestId: used.requestId,
          }
        : {},
      TrackingStartDate: key.trackedSince,
      KeyCreationDate: key.createdAt,
    };
  },
});
