/** By what events can be looked up: one row an attribute. Source: CloudTrail API Reference, LookupAttribute. */
import { showable } from '../../kernel/showable.js';
import { refused } from './errors.js';
import type { Event, EventScope } from './event.js';

interface Attribute {
  readonly isMet: (event: Event, value: string) => boolean;
  /** What every line that meets it contains; missing: the value. Undefined: nothing is known. */
  readonly contains?: (value: string) => string | undefined;
}

const ATTRIBUTES: Readonly<Record<string, Attribute>> = {
  EventId: { isMet: ({ EventId }, value) => EventId === value },
  EventName: { isMet: ({ EventName }, value) => EventName === value },
  ReadOnly: {
    isMet: ({ ReadOnly }, value) => ReadOnly === value,
    // A record that doesn't say so changes something.
    contains: (value) => (value === 'true' ? '"readOnly":true' : undefined),
  },
  Username: {
    isMet: ({ Username }, value) => Username === value,
    contains: (value) => (value === 'root' ? '"Root"' : asWritten(value)),
  },
  ResourceType: {
    isMet: ({ Resources }, value) => Resources.some(({ ResourceType }) => ResourceType === value),
  },
  ResourceName: {
    isMet: ({ Resources }, value) => Resources.some(({ ResourceName }) => ResourceName === value),
  },
  EventSource: { isMet: ({ EventSource }, value) => EventSource === value },
  AccessKeyId: { isMet: ({ AccessKeyId }, value) => AccessKeyId === value },
};

export interface LookupAttribute {
  readonly AttributeKey: string;
  readonly AttributeValue: string;
}

export interface Wanted {
  /** False where a line is surely not one: without parsing it. */
  readonly mayBe: (line: Buffer) => boolean;
  readonly isMet: (event: Event) => boolean;
}

/**
 * @param attributes at most one
 * @throws ServiceError InvalidLookupAttributesException
 */
export function wantedBy(
  attributes: readonly LookupAttribute[],
  { accountId, region }: EventScope,
): Wanted {
  const [first, ...others] = attributes;
  if (others.length > 0) {
    throw refused('InvalidLookupAttributesException', 'Specify one lookup attribute at most.');
  }
  const { AttributeKey: key = '', AttributeValue: value = '' } = first ?? {};
  const attribute = first && Object.hasOwn(ATTRIBUTES, key) ? ATTRIBUTES[key] : undefined;
  if (first && !attribute) throw refused('InvalidLookupAttributesException');
  if (key === 'ReadOnly' && value !== 'true' && value !== 'false') {
    throw refused('InvalidLookupAttributesException', 'ReadOnly is true or false.');
  }
  const { contains = asWritten } = attribute ?? {};
  const parts = [
    `"recipientAccountId":"${accountId}"`,
    `"awsRegion":"${region}"`,
    attribute && contains(value),
  ].filter((part) => part !== undefined);
  const octets = parts.map((part) => Buffer.from(part));
  return {
    mayBe: (line) => octets.every((part) => line.includes(part)),
    isMet: (event) => attribute?.isMet(event, value) ?? true,
  };
}

/** A text as it stands within a line of the trail. */
function asWritten(value: string): string {
  return showable(JSON.stringify(value)).slice(1, -1);
}
