/** Records of what KMS does by itself. Source: shared reference, audit.md §6. */

import type { AuditRecord } from '../../../audit/record.js';
import { isoSeconds } from '../../../kernel/time.js';
import type { KeyEvent } from './key-event.js';

const INTERNAL = 'AWS Internal';

/** The record of an event; undefined where the call that caused it has one already. */
export function buildServiceRecord(event: KeyEvent): AuditRecord | undefined {
  if (event.name === 'PendingKeyUse') return undefined;
  const { accountId } = event;
  return {
    eventVersion: '1.11',
    userIdentity: { accountId, invokedBy: INTERNAL },
    eventTime: isoSeconds(event.happenedAt),
    eventSource: 'kms.amazonaws.com',
    eventName: event.name,
    awsRegion: event.region,
    sourceIPAddress: INTERNAL,
    userAgent: INTERNAL,
    requestParameters: null,
    responseElements: null,
    ...(event.additional && { additionalEventData: event.additional }),
    eventID: event.eventId,
    readOnly: false,
    resources: [{ accountId, type: 'AWS::KMS::Key', ARN: event.keyArn }],
    eventType: 'AwsServiceEvent',
    ...(event.name !== 'SynchronizeMultiRegionKey' && { serviceEventDetails: event.details }),
    managementEvent: true,
    recipientAccountId: accountId,
    eventCategory: 'Management',
  };
}
