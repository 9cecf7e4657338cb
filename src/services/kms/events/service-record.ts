/** Records of what KMS does by itself. Source: shared reference, audit.md §6. */

import type { AuditRecord } from '../../../audit/record.js';
import { buildServiceEvent } from '../../../audit/service-event.js';
import type { KeyEvent } from './key-event.js';

/** The record of an event; undefined where the call that caused it has one already. */
export function buildServiceRecord(event: KeyEvent): AuditRecord | undefined {
  if (event.name === 'PendingKeyUse') return undefined;
  const { eventId, happenedAt, name, region, accountId, keyArn, additional, details } = event;
  return buildServiceEvent({
    ...{ eventId, happenedAt, service: 'kms', name, region, accountId, readOnly: false },
    resources: [{ accountId, type: 'AWS::KMS::Key', ARN: keyArn }],
    additional,
    ...(name !== 'SynchronizeMultiRegionKey' && { details }),
  });
}
