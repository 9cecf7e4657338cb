import { describe, expect, it } from 'vitest';
import { actionFacts } from '../../../src/services/kms/action-facts.js';
import { operations } from '../../support/kms-operations.js';

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
    const { withoutCallerAccount, grantIsForAwsResource } = actionFacts(action);
    expect(withoutCallerAccount ?? false).toBe(WITHOUT_CALLER_ACCOUNT.includes(action));
    expect(grantIsForAwsResource ?? false).toBe(FOR_AWS_RESOURCE.includes(action));
  });

  it('is nothing for what is no action of KMS', () => {
    expect(actionFacts('iam:ListUsers')).toStrictEqual({
      withoutCallerAccount: undefined,
      grantIsForAwsResource: undefined,
    });
  });
});
