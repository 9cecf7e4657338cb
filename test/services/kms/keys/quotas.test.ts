import { expect, it } from 'vitest';
import { QuotaExceeded } from '../../../../src/kernel/facts.js';
import { requireQuota, wordQuota } from '../../../../src/services/kms/keys/quotas.js';
import { QUOTAS } from '../../../support/quotas.js';

it('lets there be as many as the quota, and no more', () => {
  expect(() => requireQuota('aliasesPerKey', 50, QUOTAS)).not.toThrow();
  expect(() => requireQuota('aliasesPerKey', 51, QUOTAS)).toThrow(QuotaExceeded);
});

it.each([
  ['keysPerRegion', 'The account has 7 KMS keys in this Region, the most it may have.'],
  ['aliasesPerKey', 'The key has 7 aliases, the most it may have.'],
  ['grantsPerKey', 'The key has 7 grants, the most it may have.'],
  ['customKeyStores', 'The account has 7 custom key stores in this Region, the most it may have.'],
  ['policyBytes', 'The key policy is larger than 7 bytes.'],
])('words an exceeded quota %s', (quota, message) => {
  const worded = wordQuota(new QuotaExceeded(quota, 7));
  expect(worded).toMatchObject({ code: 'LimitExceededException', message });
});

it('leaves the quotas of other services to them', () => {
  const other = new QuotaExceeded('toString', 7);
  expect(wordQuota(other)).toBe(other);
});
