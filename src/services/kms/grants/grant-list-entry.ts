/** Grants as the listings show them. Source: AWS KMS API Reference, GrantListEntry. */

import { type Grant, type GrantPrincipal, principalId } from '../../../authz/grant.js';
import type { PrincipalNames } from '../../../authz/policy-principals.js';
import { rootUserArn } from '../../../kernel/arns.js';
import { keyArn } from '../keys/key-id.js';
import type { GrantListEntry } from './grant-shapes.js';

/** A grant as the listings show it: of a principal that is gone the unique id. */
export async function grantListEntry(
  grant: Grant,
  partition: string,
  names: PrincipalNames,
): Promise<GrantListEntry> {
  const { accountId, region, keyId, grantId, name, createdAt, constraints, operations } = grant;
  const { encryptionContextEquals, encryptionContextSubset, sourceArn } = constraints;
  const constrained = Object.keys(constraints).length > 0;
  return {
    KeyId: keyArn({ partition, region, accountId }, keyId),
    GrantId: grantId,
    Name: name ?? '',
    CreationDate: createdAt,
    ...(await shownAs('Grantee', grant.grantee, names)),
    ...(grant.retiring && (await shownAs('Retiring', grant.retiring, names))),
    IssuingAccount: rootUserArn(partition, grant.issuingAccountId),
    Operations: [...operations],
    ...(constrained && {
      Constraints: {
        ...(encryptionContextSubset && { EncryptionContextSubset: { ...encryptionContextSubset } }),
        ...(encryptionContextEquals && { EncryptionContextEquals: { ...encryptionContextEquals } }),
        ...(sourceArn !== undefined && { SourceArn: sourceArn }),
      },
    }),
  };
}

async function shownAs(
  role: 'Grantee' | 'Retiring',
  principal: GrantPrincipal,
  names: PrincipalNames,
) {
  const { name, uniqueId } = principal;
  if (!name.startsWith('arn:')) return { [`${role}ServicePrincipal`]: name };
  if (uniqueId === undefined) return { [`${role}Principal`]: name };
  const id = principalId(principal);
  return { [`${role}Principal`]: (await names.arnOf(id)) ?? id };
}
