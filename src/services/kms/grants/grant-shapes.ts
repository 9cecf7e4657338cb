/** The shapes of grants. Source: AWS KMS API model (shared reference, operations.md §11). */

import { type Static, Type } from 'typebox';
import { GRANT_OPERATIONS } from '../../../authz/grant.js';
import { OneOf, Timestamp } from '../../../declare/shape-kinds.js';
import { EncryptionContext, KeyIdRef } from '../shapes.js';

export const GrantId = Type.String({ minLength: 1, maxLength: 128 });
export const GrantToken = Type.String({ minLength: 1, maxLength: 8192 });
export const GrantName = Type.String({
  minLength: 1,
  maxLength: 256,
  pattern: '^[a-zA-Z0-9:/_-]+$',
});
export const GrantPrincipalName = Type.String({
  minLength: 1,
  maxLength: 256,
  pattern: '^[\\w+=,.@:/-]+$',
});
export const ServicePrincipalName = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^([A-Za-z0-9\\-]+)\\.([A-Za-z0-9\\-]+)(\\.[A-Za-z0-9\\-]+)+$',
});
export const GrantOperations = Type.Array(OneOf(GRANT_OPERATIONS));
export const GrantConstraints = Type.Object({
  EncryptionContextSubset: Type.Optional(EncryptionContext),
  EncryptionContextEquals: Type.Optional(EncryptionContext),
  SourceArn: Type.Optional(
    Type.String({
      minLength: 20,
      maxLength: 512,
      pattern: '^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$',
    }),
  ),
});

export const GrantListEntry = Type.Object({
  KeyId: KeyIdRef,
  GrantId,
  Name: Type.Optional(Type.String()),
  CreationDate: Timestamp,
  GranteePrincipal: Type.Optional(GrantPrincipalName),
  RetiringPrincipal: Type.Optional(GrantPrincipalName),
  IssuingAccount: GrantPrincipalName,
  Operations: GrantOperations,
  Constraints: Type.Optional(GrantConstraints),
  GranteeServicePrincipal: Type.Optional(ServicePrincipalName),
  RetiringServicePrincipal: Type.Optional(ServicePrincipalName),
});

export type GrantConstraintMembers = Static<typeof GrantConstraints>;
export type GrantListEntry = Static<typeof GrantListEntry>;
