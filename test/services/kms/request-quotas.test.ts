import { describe, expect, it } from 'vitest';
import { REQUEST_QUOTAS, requestRates } from '../../../src/config/request-quotas.js';
import { keySpecs } from '../../../src/crypto/algorithms.js';
import type { AuthorizedKey } from '../../../src/services/kms/call.js';
import type { Key } from '../../../src/services/kms/keys/key.js';
import type { KmsOperation } from '../../../src/services/kms/operation.js';
import { chargesOf } from '../../../src/services/kms/request-quotas.js';
import { kms } from '../../../src/services/kms/service.js';
import { kmsCall } from '../../support/kms-call.js';
import { SCOPE } from '../../support/sample-key.js';

const operations = [...kms.operations.values()] as KmsOperation[];
const named = (name: string) => kms.operations.get(name) as KmsOperation;
const SPECS = Object.keys(keySpecs) as Key['keySpec'][];

const usedKey = (keySpec: Key['keySpec'], customKeyStoreId?: string) =>
  ({ key: { keySpec, customKeyStoreId, region: 'eu-west-1' } }) as AuthorizedKey;

function charged(name: string, authorized: AuthorizedKey[] = [], input = {}) {
  const call = kmsCall(named(name), { authorized, input });
  return chargesOf(call).map(({ quota, amount, region, whose }) =>
    [quota, amount, region, whose].join(' '),
  );
}

const own = (quota: string, amount = 1, region: string = SCOPE.region) =>
  `${quota} ${amount} ${region} ${SCOPE.accountId}`;

describe('a call is charged', () => {
  const SYMMETRIC = own('CryptographicOperationsSymmetric');
  const RSA = own('CryptographicOperationsRsa');
  const STORE = 'CryptographicOperationsCustomKeyStore 1 eu-west-1 cks-1';
  const rows: [string, AuthorizedKey[], object, string[]][] = [
    ['Encrypt', [usedKey('SYMMETRIC_DEFAULT')], {}, [SYMMETRIC]],
    ['Decrypt', [usedKey('RSA_2048')], {}, [RSA]],
    ['VerifyMac', [usedKey('HMAC_512')], {}, [SYMMETRIC]],
    ['Sign', [usedKey('ECC_NIST_EDWARDS25519')], {}, [own('CryptographicOperationsEcc')]],
    ['Sign', [usedKey('ML_DSA_44')], {}, [own('CryptographicOperationsMlDsa')]],
    ['ReEncrypt', [usedKey('SYMMETRIC_DEFAULT'), usedKey('SYMMETRIC_DEFAULT')], {}, [SYMMETRIC]],
    [
      'ReEncrypt',
      [usedKey('SYMMETRIC_DEFAULT', 'cks-1'), usedKey('RSA_2048', 'cks-1')],
      {},
      [SYMMETRIC, RSA, STORE],
    ],
    ['GenerateRandom', [], {}, [SYMMETRIC]],
    [
      'GenerateDataKeyPair',
      [usedKey('SYMMETRIC_DEFAULT', 'cks-1')],
      { KeyPairSpec: 'RSA_2048' },
      [own('GenerateDataKeyPair:RSA_2048'), STORE],
    ],
    ['DescribeKey', [usedKey('RSA_2048', 'cks-1')], {}, [own('DescribeKey')]],
    [
      'ReplicateKey',
      [usedKey('RSA_2048')],
      { ReplicaRegion: 'eu-west-1' },
      [own('ReplicateKey'), own('CreateKey', 2, 'eu-west-1')],
    ],
    [
      'UpdatePrimaryRegion',
      [usedKey('RSA_2048')],
      { PrimaryRegion: 'eu-west-1' },
      [own('UpdatePrimaryRegion'), own('UpdatePrimaryRegion', 1, 'eu-west-1')],
    ],
  ];
  it.each(rows)('%s, by its keys: %#', (name, keys, input, charges) => {
    expect(charged(name, keys, input)).toEqual(charges);
  });

  it('to quotas of the table, and every one of them is charged', () => {
    const found = new Set<string>();
    for (const { name } of operations) {
      for (const spec of SPECS) {
        const input = { KeyPairSpec: spec, ReplicaRegion: 'eu-west-1', PrimaryRegion: 'eu-west-1' };
        if (named(name).quota === 'keyPair' && !('dataKeyPair' in keySpecs[spec])) continue;
        for (const charge of charged(name, [usedKey(spec, 'cks-1')], input)) {
          found.add(charge.split(' ')[0] ?? '');
        }
      }
    }
    expect([...found].sort()).toEqual(Object.keys(REQUEST_QUOTAS).sort());
  });
});

describe('calls a second', () => {
  const rate = (quota: string, region: string, requests = {}, preset: 'aws' | 'none' = 'aws') =>
    requestRates({ preset, requests })?.(quota, region);

  it.each([
    ['CryptographicOperationsSymmetric', 'us-east-1', 50_000],
    ['CryptographicOperationsSymmetric', 'eu-central-1', 10_000],
    ['CryptographicOperationsSymmetric', 'eu-north-1', 5500],
    ['CryptographicOperationsCustomKeyStore', 'eu-north-1', 1800],
    ['GetParametersForImport', 'us-east-1', 0.25],
    ['GenerateDataKeyPair:RSA_4096', 'us-east-1', 0.1],
    ['GetKeyLastUsage', 'us-east-1', undefined],
  ])("are AWS's: %s in %s", (quota, region, perSecond) => {
    expect(rate(quota, region)).toBe(perSecond);
  });

  it('are what is written, before all', () => {
    expect(rate('ListKeys', 'us-east-1', { ListKeys: '7.5' })).toBe(7.5);
    expect(rate('ListKeys', 'us-east-1', { ListKeys: 'none' })).toBeUndefined();
    expect(rate('ListKeys', 'us-east-1', { ListKeys: '7.5' }, 'none')).toBe(7.5);
    expect(rate('ListAliases', 'us-east-1', { ListKeys: '7.5' }, 'none')).toBeUndefined();
  });

  it('are not looked at where none is on', () => {
    expect(requestRates({ preset: 'none', requests: {} })).toBeUndefined();
    expect(requestRates({ preset: 'none', requests: { ListKeys: 'none' } })).toBeUndefined();
  });
});
