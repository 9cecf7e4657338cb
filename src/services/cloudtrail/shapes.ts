/** Shapes of CloudTrail's API. Source: its API Reference. */
import { Type } from 'typebox';
import { Timestamp } from '../../declare/shape-kinds.js';

/** Which values the service itself refuses with an error of its own isn't said here. */
export const LookupEventsRequest = Type.Object({
  LookupAttributes: Type.Optional(
    Type.Array(
      Type.Object({
        AttributeKey: Type.String({ maxLength: 128 }),
        AttributeValue: Type.String({ minLength: 1, maxLength: 2000 }),
      }),
      { maxItems: 50 },
    ),
  ),
  StartTime: Type.Optional(Timestamp),
  EndTime: Type.Optional(Timestamp),
  EventCategory: Type.Optional(Type.String({ maxLength: 128 })),
  MaxResults: Type.Optional(Type.Integer()),
  NextToken: Type.Optional(Type.String({ maxLength: 2048 })),
});

export const Event = Type.Object({
  EventId: Type.Optional(Type.String()),
  EventName: Type.Optional(Type.String()),
  ReadOnly: Type.Optional(Type.String()),
  AccessKeyId: Type.Optional(Type.String()),
  EventTime: Type.Optional(Timestamp),
  EventSource: Type.Optional(Type.String()),
  Username: Type.Optional(Type.String()),
  Resources: Type.Array(
    Type.Object({
      ResourceType: Type.Optional(Type.String()),
      ResourceName: Type.Optional(Type.String()),
    }),
  ),
  CloudTrailEvent: Type.String(),
});
