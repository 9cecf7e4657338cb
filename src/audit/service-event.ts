/** Records of what the server does by itself. Source: shared reference, audit.md §6. */
import { isoSeconds } from '../kernel/time.js';
import type { AuditRecord } from './record.js';

export interface ServiceEventFacts {
  readonly eventId: string;
  readonly happenedAt: Date;
  /** For example `kms`. */
  readonly service: string;
  readonly name: string;
  readonly region: string;
  /** The account whose trail this is. */
  readonly accountId: string;
  readonly readOnly: boolean;
  readonly resources: AuditRecord['resources'];
  readonly additional?: object | undefined;
  readonly details?: object | undefined;
}

const INTERNAL = 'AWS Internal';

/** The record of an event that no call asked for. */
export function buildServiceEvent(facts: ServiceEventFacts): AuditRecord {
  const { accountId, additional, details } = facts;
  return {
    eventVersion: '1.11',
    userIdentity: { accountId, invokedBy: INTERNAL },
    eventTime: isoSeconds(facts.happenedAt),
    eventSource: `${facts.service}.amazonaws.com`,
    eventName: facts.name,
    awsRegion: facts.region,
    sourceIPAddress: INTERNAL,
    userAgent: INTERNAL,
    requestParameters: null,
    responseElements: null,
    ...(additional && { additionalEventData: additional }),
    eventID: facts.eventId,
    readOnly: facts.readOnly,
    resources: facts.resources,
    eventType: 'AwsServiceEvent',
    ...(details && { serviceEventDetails: details }),
    managementEvent: true,
    recipientAccountId: accountId,
    eventCategory: 'Management',
  };
}
