import { expect, it } from 'vitest';
import { GRANT_OPERATIONS } from '../../../../src/authz/grant.js';
import type { Keyed } from '../../../../src/crypto/algorithms.js';
import { grantableOf, grantedNeeds } from '../../../../src/services/kms/grants/grantable.js';
import { operations } from '../../../support/kms-operations.js';

const grantable = grantableOf(operations.values());

const EVERY_KEY = ['CreateGrant', 'DescribeKey', 'RetireGrant'];
const ENCRYPTION = ['Decrypt', 'Encrypt', 'ReEncryptFrom', 'ReEncryptTo'];

/** Source: AWS KMS Developer Guide, "Grant operations"; authorization.md §8. */
const rows: readonly [Keyed, readonly string[]][] = [
  [
    { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' },
    [
      ...ENCRYPTION,
      'GenerateDataKey',
      'GenerateDataKeyPair',
      'GenerateDataKeyPairWithoutPlaintext',
      'GenerateDataKeyWithoutPlaintext',
    ],
  ],
  [{ keySpec: 'RSA_2048', keyUsage: 'ENCRYPT_DECRYPT' }, [...ENCRYPTION, 'GetPublicKey']],
  [{ keySpec: 'RSA_2048', keyUsage: 'SIGN_VERIFY' }, ['Sign', 'Verify', 'GetPublicKey']],
  [{ keySpec: 'ML_DSA_44', keyUsage: 'SIGN_VERIFY' }, ['Sign', 'Verify', 'GetPublicKey']],
  [{ keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC' }, ['GenerateMac', 'VerifyMac']],
  [{ keySpec: 'ECC_NIST_P256', keyUsage: 'KEY_AGREEMENT' }, ['DeriveSharedSecret', 'GetPublicKey']],
];

it.each(rows)('a grant on %j may be for what AWS has', (key, expected) => {
  expect(GRANT_OPERATIONS.filter((operation) => grantable(operation, key)).toSorted()).toEqual(
    [...EVERY_KEY, ...expected].toSorted(),
  );
});

it('is for the operations of the model, and for no other', () => {
  const declared = [...grantedNeeds(operations.values()).keys()];
  expect(declared.toSorted()).toEqual([...GRANT_OPERATIONS].toSorted());
});
