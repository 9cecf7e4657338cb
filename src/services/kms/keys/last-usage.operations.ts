/** When a key was last used. Source: AWS KMS API Reference, GetKeyLastUsage. */

import { Type } from 'typebox';
import { Timestamp } from '../../../declare/shape-kinds.js';
import { onKey } from '../on-key.js';
import { KeyIdRef } from '../shapes.js';
import type { LastUsage } from './last-usage.js';

export const getKeyLastUsage = onKey('GetKeyLastUsage', {
  summary: 'Says when and by which operation a KMS key was last used.',
  route: 'GET /keys/{KeyId}/last-usage',
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
  state: 'any',
  readOnly: true,
  async run({ key }, { lastUsage }: { readonly lastUsage: LastUsage }) {
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
