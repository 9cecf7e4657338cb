/** What CreateGrant's members may say. Source: AWS KMS Developer Guide, "Grants"; authorization.md §8. */

import {
  GRANT_OPERATIONS,
  type GrantConstraints,
  type GrantOperation,
} from '../../../authz/grant.js';
import type { RequestMembers } from '../../../authz/request.js';
import { isAsymmetric } from '../../../crypto/algorithms.js';
import type { Key } from '../keys/key.js';
import { refuse } from '../refusals.js';
import type { GrantConstraintMembers } from './grant-shapes.js';
import type { Grantable } from './grantable.js';

const MAX_PAIRS = 8;
const MAX_PAIR_VALUE = 384;

/** What AWS names first of the operations that a key's grants may be for: see recorded-kms.md, HMAC grant. */
const ON_EVERY_KEY: ReadonlySet<GrantOperation> = new Set([
  'CreateGrant',
  'RetireGrant',
  'DescribeKey',
]);

export interface NewGrantMembers {
  readonly GranteePrincipal?: string;
  readonly GranteeServicePrincipal?: string;
  readonly RetiringPrincipal?: string;
  readonly RetiringServicePrincipal?: string;
  readonly Operations: readonly GrantOperation[];
  readonly Constraints?: GrantConstraintMembers;
}

/** Rules between members. @throws ServiceError ValidationException */
export function checkGrantMembers(members: NewGrantMembers): void {
  const { GranteePrincipal, GranteeServicePrincipal, Constraints } = members;
  if ((GranteePrincipal === undefined) === (GranteeServicePrincipal === undefined)) {
    throw refuse.validation(
      'Exactly one of GranteePrincipal and GranteeServicePrincipal must be specified.',
    );
  }
  if (members.RetiringPrincipal !== undefined && members.RetiringServicePrincipal !== undefined) {
    throw refuse.validation(
      'RetiringPrincipal and RetiringServicePrincipal cannot both be specified.',
    );
  }
  if (members.Operations.length === 0) {
    throw refuse.validation('A grant must have at least one operation.');
  }
  const retiring = members.RetiringPrincipal ?? members.RetiringServicePrincipal;
  if (GranteeServicePrincipal !== undefined) {
    if (Constraints?.SourceArn === undefined || retiring === undefined) {
      throw refuse.validation(
        'A grant for a service principal must have a SourceArn constraint and a retiring principal.',
      );
    }
  }
  checkConstraints(Constraints ?? {});
}

function checkConstraints(constraints: GrantConstraintMembers): void {
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } = constraints;
  if (equals && subset) {
    throw refuse.validation(
      'Only one of EncryptionContextEquals and EncryptionContextSubset can be specified.',
    );
  }
  const pairs = Object.values(equals ?? subset ?? {});
  if (pairs.length > MAX_PAIRS || pairs.some((value) => value.length > MAX_PAIR_VALUE)) {
    throw refuse.validation(
      `A grant constraint can have at most ${MAX_PAIRS} encryption context pairs with values of at most ${MAX_PAIR_VALUE} characters.`,
    );
  }
}

/** @throws ServiceError ValidationException for operations or constraints that the key can't have. */
export function checkGrantSuitsKey(key: Key, members: NewGrantMembers, grantable: Grantable): void {
  const odd = members.Operations.filter((operation) => !grantable(operation, key));
  if (odd.length > 0) {
    const kind = isAsymmetric(key.keySpec) ? 'an asymmetric' : 'a symmetric';
    const valid = [...ON_EVERY_KEY, ...GRANT_OPERATIONS.filter((name) => !ON_EVERY_KEY.has(name))];
    throw refuse.validation(
      `Operations [${odd.join(', ')}] are not supported when creating a grant for ${kind} KMS key with key usage ${key.keyUsage}. Valid operations are [${valid.filter((operation) => grantable(operation, key)).join(', ')}]`,
    );
  }
  const { EncryptionContextEquals, EncryptionContextSubset } = members.Constraints ?? {};
  if (key.keySpec !== 'SYMMETRIC_DEFAULT' && (EncryptionContextEquals ?? EncryptionContextSubset)) {
    throw refuse.validation(
      'EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key.',
    );
  }
}

/** What CreateGrant's input says to conditions. */
export function grantConditions(members: NewGrantMembers): RequestMembers {
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } =
    members.Constraints ?? {};
  return {
    encryptionContext: equals ?? subset,
    members: {
      'kms:grantoperations': members.Operations,
      'kms:granteeprincipal': members.GranteePrincipal,
      'kms:granteeserviceprincipal': members.GranteeServicePrincipal,
      'kms:retiringprincipal': members.RetiringPrincipal,
      'kms:retiringserviceprincipal': members.RetiringServicePrincipal,
      'kms:grantconstrainttype': equals
        ? 'EncryptionContextEquals'
        : subset && 'EncryptionContextSubset',
      'kms:grantconstraintsourcearn': members.Constraints?.SourceArn,
    },
  };
}

export function constraintsOf(members: GrantConstraintMembers | undefined): GrantConstraints {
  const { EncryptionContextEquals, EncryptionContextSubset, SourceArn } = members ?? {};
  return {
    ...(EncryptionContextEquals && { encryptionContextEquals: EncryptionContextEquals }),
    ...(EncryptionContextSubset && { encryptionContextSubset: EncryptionContextSubset }),
    ...(SourceArn !== undefined && { sourceArn: SourceArn }),
  };
}
