/** The shapes of IAM's members. Source: IAM API model 2010-05-08 (shared reference, neighbours.md §4). */

import { Type } from 'typebox';
import { OneOf } from '../../../declare/shape-kinds.js';

const name = (maxLength: number) =>
  Type.String({ minLength: 1, maxLength, pattern: '^[\\w+=,.@-]+$' });

export const UserName = name(64);
export const GroupName = name(128);
export const RoleName = name(64);
export const PolicyName = name(128);
export const InstanceProfileName = name(128);
export const Path = Type.String({
  minLength: 1,
  maxLength: 512,
  pattern: '^(/|/[\\u0021-\\u007E]+/)$',
});
export const NewPath = Type.Optional(Path);
export const PathPrefix = Type.Optional(
  Type.String({ minLength: 1, maxLength: 512, pattern: '^/[\\u0021-\\u007F]*$' }),
);
export const Arn = Type.String({ minLength: 20, maxLength: 2048 });
export const PolicyDocument = Type.String({ minLength: 1, maxLength: 131_072 });
export const Description = Type.String({
  minLength: 0,
  maxLength: 1000,
  pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*',
});
export const TagKey = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+',
});
export const Tag = Type.Object({
  Key: TagKey,
  Value: Type.String({
    minLength: 0,
    maxLength: 256,
    pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*',
  }),
});
export const Tags = Type.Array(Tag, { maxItems: 50 });

/**
 * What Tag… and Untag… are asked for. Without any, IAM refuses the call only when it has authorized it:
 * recorded-iam.md §5.
 */
export const AddedTags = Type.Array(Tag, { maxItems: 50, default: [] });
export const RemovedTagKeys = Type.Array(TagKey, { maxItems: 50, default: [] });
/** Of an MFA device: of a virtual one its ARN. */
export const SerialNumber = Type.String({
  minLength: 9,
  maxLength: 256,
  pattern: '^[\\w+=/:,.@-]+$',
});
export const AccessKeyId = Type.String({ minLength: 16, maxLength: 128, pattern: '^[\\w]+$' });
export const AccessKeyStatus = OneOf(['Active', 'Inactive']);
/** What UpdateAccessKey is asked for: the model has a status that nobody can set. */
export const AskedKeyStatus = OneOf(['Active', 'Inactive', 'Expired']);
export const MaxSessionDuration = Type.Integer({ minimum: 3600, maximum: 43_200 });
export const VersionId = Type.String({ pattern: '^v[1-9][0-9]*$', maxLength: 16 });

/** Members of every List operation. */
export const pageInput = {
  Marker: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
  MaxItems: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
};

/** An input without members. */
export const Nothing = Type.Object({});
