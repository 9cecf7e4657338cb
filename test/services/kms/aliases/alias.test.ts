import { expect, it } from 'vitest';
import { AlreadyExists, Conflict, NotFound, QuotaExceeded } from '../../../../src/kernel/facts.js';
import { checkAliasName, wordAlias } from '../../../../src/services/kms/aliases/alias.js';
import { KeyGone } from '../../../../src/services/kms/keys/key-gone.js';

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
  [
    'alias/my:alias',
    'ValidationException',
    'alias/my:alias contains invalid characters for an alias',
  ],
])('%j may not: %s', (name, code, message) => {
  expect(() => checkAliasName(name)).toThrow(expect.objectContaining({ code, message }));
});

const ARN = 'arn:aws:kms:us-east-1:111122223333:alias/a';

it.each([
  [
    new AlreadyExists('a'),
    'AlreadyExistsException',
    `An alias with the name ${ARN} already exists`,
  ],
  [new NotFound('a'), 'NotFoundException', `Alias ${ARN} is not found.`],
  [
    new Conflict('a'),
    'KMSInvalidStateException',
    `Alias ${ARN} was changed by another request at the same time.`,
  ],
])('%s is worded as %s', (fact, code, message) => {
  expect(wordAlias(fact, ARN)).toMatchObject({ code, message });
});

it('passes through what is not about aliases', () => {
  const gone = new KeyGone('arn:aws:kms:us-east-1:111122223333:key/a');
  expect(wordAlias(gone, ARN)).toBe(gone);
  const quota = new QuotaExceeded('a', 1);
  expect(wordAlias(quota, ARN)).toBe(quota);
});
