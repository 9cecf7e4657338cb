/** Members that several operations of the Tagging API have. Source: its API Reference. */
import { Type } from 'typebox';

export const TagKey = Type.String({ minLength: 1, maxLength: 128 });
export const TagValue = Type.String({ minLength: 0, maxLength: 256 });
export const PaginationToken = Type.String({ minLength: 0, maxLength: 2048 });
export const ResourceArn = Type.String({ minLength: 1, maxLength: 1011 });

/** What was done to no avail, by ARN. */
export const FailedResourcesMap = Type.Record(
  Type.String(),
  Type.Object({
    StatusCode: Type.Integer(),
    ErrorCode: Type.String(),
    ErrorMessage: Type.Optional(Type.String()),
  }),
);
