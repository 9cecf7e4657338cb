import { describe, expect, it } from 'vitest';
import { checkKeyPolicy, defaultKeyPolicy } from '../../../../src/services/kms/policies/policy.js';
import { QUOTAS } from '../../../support/quotas.js';

const statement = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' };
const text = (document: unknown) => JSON.stringify(document);

describe('the default key policy', () => {
  it('is laid out as AWS lays it out', () => {
    expect(defaultKeyPolicy('aws', '111122223333')).toBe(
      '{\n  "Version" : "2012-10-17",\n  "Id" : "key-default-1",\n  "Statement" : [ {\n    "Sid" : "Enable IAM User Permissions",\n    "Effect" : "Allow",\n    "Principal" : {\n      "AWS" : "arn:aws:iam::111122223333:root"\n    },\n    "Action" : "kms:*",\n    "Resource" : "*"\n  } ]\n}',
    );
  });

  it('delegates to the account, in the words of AWS', () => {
    expect(JSON.parse(defaultKeyPolicy('aws-us-gov', '111122223333'))).toStrictEqual({
      Version: '2012-10-17',
      Id: 'key-default-1',
      Statement: [
        {
          Sid: 'Enable IAM User Permissions',
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws-us-gov:iam::111122223333:root' },
          Action: 'kms:*',
          Resource: '*',
        },
      ],
    });
  });

  it('is one that may be stored', () => {
    expect(() =>
      checkKeyPolicy(defaultKeyPolicy('aws', '111122223333'), 'aws', QUOTAS),
    ).not.toThrow();
  });
});

describe('a policy that may be stored', () => {
  it.each([
    { name: 'without a version', policy: text({ Statement: [statement] }) },
    {
      name: 'of the older version',
      policy: text({ Version: '2008-10-17', Statement: [statement] }),
    },
    { name: 'with a single statement', policy: text({ Statement: statement }) },
    {
      name: 'with NotPrincipal',
      policy: text({
        Statement: [{ Effect: 'Deny', NotPrincipal: '*', Action: 'kms:*', Resource: '*' }],
      }),
    },
    { name: 'of just 32,768 octets', policy: text({ Statement: [statement] }).padEnd(32_768) },
  ])('$name', ({ policy }) => {
    expect(() => checkKeyPolicy(policy, 'aws', QUOTAS)).not.toThrow();
  });
});

describe('a policy that may not', () => {
  it.each([
    { policy: '', message: 'Policy contains invalid JSON.' },
    { policy: '{', message: 'Policy contains invalid JSON.' },
    { policy: '['.repeat(30_000), message: 'Policy contains invalid JSON.' },
    { policy: 'null', message: 'Policy must be a JSON object.' },
    { policy: '[]', message: 'Policy must be a JSON object.' },
    { policy: '"x"', message: 'Policy must be a JSON object.' },
    {
      policy: text({ Version: '2020-01-01', Statement: [statement] }),
      message: 'Policy has an invalid version.',
    },
    {
      policy: text({ Version: null, Statement: [statement] }),
      message: 'Policy has an invalid version.',
    },
    { policy: '{}', message: 'Policy must contain a statement.' },
    { policy: text({ Statement: [] }), message: 'Policy must contain a statement.' },
    { policy: text({ Statement: null }), message: 'Policy contains an invalid statement.' },
    { policy: text({ Statement: ['x'] }), message: 'Policy contains an invalid statement.' },
    {
      policy: text({ Statement: [[statement]] }),
      message: 'Policy contains an invalid statement.',
    },
    {
      policy: text({ Statement: [{ Principal: '*' }] }),
      message: 'Policy contains a statement with an invalid effect.',
    },
    {
      policy: text({ Statement: [{ ...statement, Effect: 'allow' }] }),
      message: 'Policy contains a statement with an invalid effect.',
    },
    {
      policy: text({ Statement: [statement, { Effect: 'Allow' }] }),
      message: 'Policy contains a statement with no principal.',
    },
    { policy: '{"__proto__":{"Statement":[]}}', message: 'Syntax errors in policy.' },
  ])('$message', ({ policy, message }) => {
    expect(() => checkKeyPolicy(policy, 'aws', QUOTAS)).toThrow(
      expect.objectContaining({ code: 'MalformedPolicyDocumentException', message }),
    );
  });

  it.each([
    { name: 'characters', policy: text({ Statement: [statement] }).padEnd(32_769) },
    { name: 'octets', policy: text({ Statement: [{ ...statement, Sid: 'é'.repeat(16_384) }] }) },
  ])('has too many $name', ({ policy }) => {
    expect(() => checkKeyPolicy(policy, 'aws', QUOTAS)).toThrow(
      expect.objectContaining({
        code: 'LimitExceededException',
        message: 'The key policy is larger than 32768 bytes.',
      }),
    );
  });
});
