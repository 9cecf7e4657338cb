/** The shapes of STS's members. Source: STS API model 2011-06-15 (shared reference, neighbours.md §3). */
import { Type } from 'typebox';
import { Tags } from '../directory/shapes.js';
import { Credentials } from '../directory/view-shapes.js';

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

export const MinimumSessionTokenSize = Type.Optional(Type.Integer({ minimum: 0, maximum: 4096 }));

/** What every operation answers that makes credentials. */
export const issued = {
  Credentials,
  SessionTokenSize: Type.Integer(),
  SessionTokenUtilization: Type.Integer(),
};

/** What records show of issued credentials: by it a session's calls are joined to the call that made it. */
export const CREDENTIALS = ['Credentials.AccessKeyId', 'Credentials.Expiration'] as const;
export const ISSUED = [...CREDENTIALS, 'SessionTokenSize', 'SessionTokenUtilization'] as const;
