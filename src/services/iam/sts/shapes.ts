/** The shapes of STS's members. Source: STS API model 2011-06-15 (shared reference, neighbours.md §3). */
import { Type } from 'typebox';
import { Tags } from '../directory/shapes.js';

export const RoleArn = Type.String({ minLength: 20, maxLength: 2048 });
export const RoleSessionName = Type.String({
  minLength: 2,
  maxLength: 64,
  pattern: '^[\\w+=,.@-]*$',
});
export const DurationSeconds = (maximum: number) => Type.Integer({ minimum: 900, maximum });
export const SessionPolicy = Type.String({ minLength: 1, maxLength: 2048 });
export const PolicyArns = Type.Array(
  Type.Object({ arn: Type.String({ minLength: 20, maxLength: 2048 }) }),
  { maxItems: 10 },
);
export const SerialNumber = Type.String({
  minLength: 9,
  maxLength: 256,
  pattern: '^[\\w+=/:,.@-]*$',
});
export const TokenCode = Type.String({
  minLength: 6,
  maxLength: 6,
  pattern: '^[\\d]*$',
  sensitive: true,
});
export const ExternalId = Type.String({
  minLength: 2,
  maxLength: 1224,
  pattern: '^[\\w+=,.@:/-]*$',
});
export { Tags };

/** What records show of issued credentials: by it a session's calls are joined to the call that made it. */
export const ISSUED = ['Credentials.AccessKeyId', 'Credentials.Expiration'] as const;
