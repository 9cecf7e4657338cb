import { describe, expect, it } from 'vitest';
import { checkNewKey, type NewKeyMembers } from '../../../../src/services/kms/keys/new-key.js';
import { QUOTAS } from '../../../support/quotas.js';

const STORE = 'cks-1234567890abcdef0';
const LIMITS = { quotas: QUOTAS, importLimits: 'aws' } as const;

describe('a key that this server makes', () => {
  it.each<{ members: NewKeyMembers; made: object }>([
    { members: {}, made: { origin: 'AWS_KMS', customKeyStoreId: undefined } },
    { members: { KeySpec: 'SYMMETRIC_DEFAULT' }, made: { keySpec: 'SYMMETRIC_DEFAULT' } },
    {
      members: { CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' },
      made: { keySpec: 'SYMMETRIC_DEFAULT' },
    },
    { members: { KeyUsage: 'ENCRYPT_DECRYPT' }, made: { keyUsage: 'ENCRYPT_DECRYPT' } },
    { members: { MultiRegion: true }, made: { multiRegion: true } },
    { members: { Origin: 'EXTERNAL' }, made: { origin: 'EXTERNAL' } },
    { members: { MultiRegion: false, Origin: 'AWS_KMS' }, made: { origin: 'AWS_KMS' } },
    {
      members: { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: STORE },
      made: { origin: 'AWS_CLOUDHSM', customKeyStoreId: STORE },
    },
    {
      members: { Description: 'd', Tags: [{ TagKey: 'k', TagValue: 'v' }] },
      made: { description: 'd', tags: [{ TagKey: 'k', TagValue: 'v' }], policy: undefined },
    },
  ])('$members', ({ members, made }) => {
    expect(checkNewKey(members, 'aws', LIMITS)).toMatchObject({
      keySpec: 'SYMMETRIC_DEFAULT',
      keyUsage: 'ENCRYPT_DECRYPT',
      ...made,
    });
  });
});

describe('a key that it refuses', () => {
  const unsupported = 'UnsupportedOperationException';
  const validation = 'ValidationException';

  it.each<{ members: NewKeyMembers; code: string; message: string }>([
    {
      members: { KeySpec: 'SYMMETRIC_DEFAULT', CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' },
      code: validation,
      message:
        'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    },
    {
      members: { KeySpec: 'RSA_2048' },
      code: validation,
      message:
        'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    },
    {
      members: { KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'SIGN_VERIFY' },
      code: validation,
      message: 'KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT',
    },
    {
      members: { KeyUsage: 'GENERATE_VERIFY_MAC' },
      code: validation,
      message: 'KeyUsage GENERATE_VERIFY_MAC is not compatible with KeySpec SYMMETRIC_DEFAULT',
    },
    {
      members: { KeySpec: 'HMAC_256', KeyUsage: 'ENCRYPT_DECRYPT' },
      code: validation,
      message: 'KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec HMAC_256',
    },
    {
      members: { KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'KEY_AGREEMENT' },
      code: validation,
      message: 'KeyUsage KEY_AGREEMENT is not compatible with KeySpec ECC_SECG_P256K1',
    },
    {
      members: { KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' },
      code: unsupported,
      message: 'SM2 keys are not supported in this Region.',
    },
    {
      members: { CustomKeyStoreId: STORE },
      code: validation,
      message:
        'CustomKeyStoreId can be specified only with Origin AWS_CLOUDHSM or EXTERNAL_KEY_STORE.',
    },
    {
      members: { XksKeyId: 'x' },
      code: validation,
      message: 'XksKeyId can be specified only with Origin EXTERNAL_KEY_STORE.',
    },
    {
      members: { Origin: 'AWS_CLOUDHSM' },
      code: validation,
      message: 'CustomKeyStoreId must be specified with Origin AWS_CLOUDHSM.',
    },
    {
      members: { Origin: 'EXTERNAL', KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY' },
      code: validation,
      message: 'KeySpec ML_DSA_44 is not supported for Origin EXTERNAL',
    },
    {
      members: { Origin: 'EXTERNAL', KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' },
      code: validation,
      message: 'KeySpec ML_KEM_768 is not supported for Origin EXTERNAL',
    },
    {
      members: { KeySpec: 'ML_KEM_512' },
      code: validation,
      message:
        'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    },
    {
      members: { KeySpec: 'ML_KEM_1024', KeyUsage: 'ENCRYPT_DECRYPT' },
      code: validation,
      message: 'KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec ML_KEM_1024',
    },
    {
      members: { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId: STORE },
      code: unsupported,
      message: 'Keys of origin EXTERNAL_KEY_STORE are not supported yet.',
    },
    {
      members: { MultiRegion: true, Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: STORE },
      code: 'UnsupportedOperationException',
      message: 'Multi-Region keys cannot be created in a custom key store.',
    },
    {
      members: { Policy: 'x' },
      code: 'MalformedPolicyDocumentException',
      message: 'Policy contains invalid JSON.',
    },
    {
      members: { Tags: [{ TagKey: 'aws:x', TagValue: '' }] },
      code: 'TagException',
      message: 'Tags beginning with aws: are reserved',
    },
  ])('$message', ({ members, code, message }) => {
    expect(() => checkNewKey(members, 'aws', LIMITS)).toThrow(
      expect.objectContaining({ code, message }),
    );
  });
});

it.each([
  { KeySpec: 'ML_DSA_65', KeyUsage: 'SIGN_VERIFY' },
  { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' },
] as const)('material of $KeySpec is imported where imports are extended', (members) => {
  const limits = { ...LIMITS, importLimits: 'extended' } as const;
  const made = checkNewKey({ ...members, Origin: 'EXTERNAL' }, 'aws', limits);
  expect(made).toMatchObject({ keySpec: members.KeySpec, origin: 'EXTERNAL' });
});
