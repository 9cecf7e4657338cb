import { expect, it } from 'vitest';
import { checkAliasName } from '../../../../src/services/kms/aliases/alias.js';

it.each(['alias/a', 'alias/A/b-c_d/1', 'alias/awsome', 'alias/AWS/x', 'alias/a/aws/'])(
  '%s may be made',
  (name) => {
    expect(() => checkAliasName(name)).not.toThrow();
  },
);

const prefix =
  'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html';

it.each([
  ['a', 'ValidationException', prefix],
  ['', 'ValidationException', prefix],
  ['alias', 'ValidationException', prefix],
  ['Alias/a', 'ValidationException', prefix],
  ['/alias/a', 'ValidationException', prefix],
  ['alias/aws/', 'NotAuthorizedException', ''],
  ['alias/aws/kms', 'NotAuthorizedException', ''],
  ['alias/aws/a:b', 'NotAuthorizedException', ''],
  ['alias/', 'InvalidAliasNameException', "Invalid alias name 'alias/'"],
  ['alias/a:b', 'InvalidAliasNameException', "Invalid alias name 'alias/a:b'"],
])('%j may not: %s', (name, code, message) => {
  expect(() => checkAliasName(name)).toThrow(expect.objectContaining({ code, message }));
});
