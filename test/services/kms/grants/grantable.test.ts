import { expect, it } from 'vitest';
import { GRANT_OPERATIONS } from '../../../../src/authz/grant.js';
import type { Keyed } from '../../../../src/crypto/algorithms.js';
import { grantableOf, grantedNeeds } from '../../../../src/services/kms/grants/grantable.js';
import { operations } from '../../../support/kms-operations.js';
import type { GrantKeys } from '../../../support/operations/operation-row.js';
import { operationRows } from '../../../support/operations/operation-rows.js';

const grantable = grantableOf(operations.values());

const keys: readonly (Keyed & { readonly is: readonly GrantKeys[] })[] = [
  {
    ...{ keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' },
    is: ['encryption', 'symmetric'],
  },
  { keySpec: 'RSA_2048', keyUsage: 'ENCRYPT_DECRYPT', is: ['encryption', 'asymmetric'] },
  { keySpec: 'RSA_2048', keyUsage: 'SIGN_VERIFY', is: ['signing', 'asymmetric'] },
  { keySpec: 'ML_DSA_44', keyUsage: 'SIGN_VERIFY', is: ['signing', 'asymmetric'] },
  { keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC', is: ['MAC'] },
  { keySpec: 'ECC_NIST_P256', keyUsage: 'KEY_AGREEMENT', is: ['agreement', 'asymmetric'] },
  {
    ...{ keySpec: 'ML_KEM_512', keyUsage: 'ENCAPSULATE_DECAPSULATE' },
    is: ['encapsulation', 'asymmetric'],
  },
];

/** Source: AWS KMS Developer Guide, "Grant operations"; authorization.md §8. */
const granted = new Map(
  operationRows.flatMap(({ grant, action, operation }) =>
    grant ? [[action ?? operation, grant] as const] : [],
  ),
);

it.each(keys)('a grant on a $keySpec key for $keyUsage may be for what AWS has', (key) => {
  const expected = [...granted]
    .filter(([, grant]) => grant === 'every key' || key.is.includes(grant))
    .map(([operation]) => operation);
  expect(GRANT_OPERATIONS.filter((operation) => grantable(operation, key)).toSorted()).toEqual(
    expected.toSorted(),
  );
});

it('is for the operations of the model, and for no other', () => {
  const declared = [...grantedNeeds(operations.values()).keys()].toSorted();
  expect(declared).toEqual([...GRANT_OPERATIONS].toSorted());
  expect(declared).toEqual([...granted.keys()].toSorted());
});
