/** A line of the trail as LookupEvents answers it. Source: CloudTrail API Reference, Event. */
import type { Static } from 'typebox';
import type { Event as EventShape } from './shapes.js';

export type Event = Static<typeof EventShape>;

/** Whose event it is, and where: what a caller's own must match. */
export interface EventScope {
  readonly accountId: string;
  readonly region: string;
}

type Member = Readonly<Record<string, unknown>>;

/** @returns undefined for what is no record, as a crash leaves it, or one of another account or Region */
export function eventOf(line: Buffer, { accountId, region }: EventScope): Event | undefined {
  const text = line.toString('utf8');
  const record = recordIn(text);
  if (record?.recipientAccountId !== accountId || record.awsRegion !== region) return undefined;
  const time = Date.parse(String(record.eventTime));
  if (Number.isNaN(time)) return undefined;
  const identity = memberOf(record.userIdentity);
  return {
    ...optional('EventId', record.eventID),
    ...optional('EventName', record.eventName),
    ReadOnly: String(record.readOnly === true),
    ...optional('AccessKeyId', identity.accessKeyId),
    EventTime: new Date(time),
    ...optional('EventSource', record.eventSource),
    ...optional('Username', userNameOf(identity)),
    Resources: listOf(record.resources).map(({ type, ARN }) => ({
      ...optional('ResourceType', type),
      ...optional('ResourceName', ARN),
    })),
    CloudTrailEvent: text,
  };
}

/** A user's name, a session's name, `root`, or the service that called. */
function userNameOf(identity: Member): unknown {
  const { type, userName, principalId, invokedBy } = identity;
  switch (type) {
    case 'Root':
      return 'root';
    case 'AssumedRole':
    case 'FederatedUser':
      return String(principalId).split(':').slice(1).join(':') || undefined;
    case 'AWSService':
      return invokedBy;
    default:
      return userName;
  }
}

function optional<Name extends string>(name: Name, value: unknown): { [N in Name]?: string } {
  return typeof value === 'string' ? ({ [name]: value } as { [N in Name]?: string }) : {};
}

function listOf(value: unknown): Member[] {
  return Array.isArray(value) ? value.map(memberOf) : [];
}

function memberOf(value: unknown): Member {
  return typeof value === 'object' && value !== null ? (value as Member) : {};
}

function recordIn(text: string): Member | undefined {
  try {
    return memberOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}
