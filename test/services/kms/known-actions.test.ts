import { describe, expect, it } from 'vitest';
import { finderOf } from '../../../src/declare/known-actions.js';
import { kmsActions } from '../../../src/services/kms/known-actions.js';
import { operations } from '../../support/kms-operations.js';

const find = finderOf(kmsActions);
const actions = [...operations.values()].flatMap((operation) => operation.actions);

/** Source: Service Authorization Reference for AWS KMS, condition keys by action; authorization.md §7.3. */
const WITHOUT_CALLER_ACCOUNT = [
  'kms:GenerateRandom',
  'kms:ListAliases',
  'kms:ListKeys',
  'kms:ListRetirableGrants',
];
const FOR_AWS_RESOURCE = ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'];

describe('what is peculiar of an action to conditions', () => {
  it.each(actions)('is as AWS has it: %s', (action) => {
    const { withoutCallerAccount, grantIsForAwsResource } = find(action) ?? {};
    expect(withoutCallerAccount ?? false).toBe(WITHOUT_CALLER_ACCOUNT.includes(action));
    expect(grantIsForAwsResource ?? false).toBe(FOR_AWS_RESOURCE.includes(action));
  });

  it('is nothing for what is no action of KMS', () => {
    expect(find('iam:ListUsers')).toBeUndefined();
  });

  it('is found in any case', () => {
    expect(find('KMS:DECRYPT')?.name).toBe('kms:Decrypt');
  });
});
