import { expect, it } from 'vitest';
import { AlreadyExists, Conflict, NotFound } from '../../../../src/kernel/facts.js';
import { checkAliasName, wordAlias } from '../../../../src/services/kms/aliases/alias.js';

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
])('%s is worded as %s', (fact, code, message) => {
  expect(wordAlias(fact, ARN)).toMatchObject({ code, message });
});

it('passes through what is not about aliases', () => {
  const conflict = new Conflict('a');
  expect(wordAlias(conflict, ARN)).toBe(conflict);
});
