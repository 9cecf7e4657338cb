import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Principal } from '../../src/authz/model.js';
import { audienceIds, policyAudience } from '../../src/authz/policy-audience.js';
import {
  ACCOUNT,
  OTHER_ACCOUNT,
  roleSession,
  rootUser,
  user,
} from '../support/sample-principal.js';
import { decide, type Question } from './decisions/decide.js';
import { keyStatement } from './fuzz/questions.js';

const arnsOf = (account: string) => ({
  root: `arn:aws:iam::${account}:root`,
  user: `arn:aws:iam::${account}:user/bob`,
  role: `arn:aws:iam::${account}:role/Role`,
  session: `arn:aws:sts::${account}:assumed-role/Role/here`,
});
const [own, other] = [arnsOf(ACCOUNT), arnsOf(OTHER_ACCOUNT)];
const BOB = user('bob', [], OTHER_ACCOUNT);
const OTHER_ROLE = roleSession('Role', 'here', [], OTHER_ACCOUNT);
/** Who the names of fuzzed policies are. */
const IDS = {
  [`arn:aws:iam::${ACCOUNT}:user/alice`]: user('alice').uniqueId,
  [own.role]: 'AROAOWNROLEOWNROLE234',
  [own.session]: 'AROAOWNROLEOWNROLE234',
  [other.user]: BOB.uniqueId,
  [other.role]: OTHER_ROLE.uniqueId,
  [other.session]: OTHER_ROLE.uniqueId,
};

const audienceOf = (...statements: readonly object[]) =>
  policyAudience({
    accountId: ACCOUNT,
    policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
    policyPrincipals: IDS,
  });
const allow = (Principal: unknown, Condition?: object) => ({
  ...{ Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' },
  ...(Condition && { Condition }),
});
const everybodyIf = (Condition: object) => allow({ AWS: '*' }, Condition);

describe('the audience of a policy', () => {
  it.each<[string, readonly object[], readonly string[]]>([
    ['nobody, of what names the own account alone', [allow({ AWS: own.root })], []],
    [
      'nobody, of users, roles and sessions of the own account',
      [allow({ AWS: [own.role, own.session, ACCOUNT] })],
      [],
    ],
    ['an account by ARN', [allow({ AWS: other.root })], [OTHER_ACCOUNT]],
    ['an account by number', [allow({ AWS: [OTHER_ACCOUNT] })], [OTHER_ACCOUNT]],
    [
      'users and roles by who they are',
      [allow({ AWS: [other.user, other.role] })],
      [BOB.uniqueId, OTHER_ROLE.uniqueId],
    ],
    ['the role of a session', [allow({ AWS: other.session })], [OTHER_ROLE.uniqueId]],
    ['a user by unique id', [allow({ AWS: 'AIDASOMEBODYSOMEBODY2' })], ['AIDASOMEBODYSOMEBODY2']],
    [
      'nobody who is named by nothing but an ARN',
      [allow({ AWS: `arn:aws:iam::${OTHER_ACCOUNT}:user/gone` })],
      [],
    ],
    [
      'nobody who is called as what every object has',
      [allow({ AWS: ['constructor', '__proto__'] })],
      [],
    ],
    ['everybody', [allow('*')], ['*']],
    ['everybody, as AWS', [allow({ AWS: '*' })], ['*']],
    ['nobody whom only a Deny names', [{ ...allow({ AWS: other.root }), Effect: 'Deny' }], []],
    ['no service and no provider', [allow({ Service: 's.x.y', Federated: 'arn:x' })], []],
    ['nobody of a NotPrincipal', [{ ...allow(undefined), NotPrincipal: { AWS: own.root } }], []],
    [
      'everybody of an account',
      [
        everybodyIf({
          StringEquals: { 'KMS:callerACCOUNT': OTHER_ACCOUNT, 'kms:ViaService': 's' },
        }),
      ],
      [OTHER_ACCOUNT],
    ],
    [
      'nobody, where it is the own one',
      [everybodyIf({ stringlike: { 'aws:PrincipalAccount': [ACCOUNT] } })],
      [],
    ],
    [
      'everybody of accounts in ARNs',
      [everybodyIf({ ArnLike: { 'aws:PrincipalArn': [other.role, `${own.root}*`] } })],
      [OTHER_ACCOUNT],
    ],
    ...[
      { StringEquals: { 'aws:SourceAccount': OTHER_ACCOUNT } },
      { StringNotEquals: { 'kms:CallerAccount': OTHER_ACCOUNT } },
      { StringEqualsIfExists: { 'kms:CallerAccount': OTHER_ACCOUNT } },
      { 'ForAllValues:StringEquals': { 'kms:CallerAccount': OTHER_ACCOUNT } },
      { StringLike: { 'kms:CallerAccount': ['44445555666?', OTHER_ACCOUNT] } },
      { StringLike: { 'aws:PrincipalArn': `arn:*:${OTHER_ACCOUNT}:user/bob` } },
      { Null: { 'kms:CallerAccount': OTHER_ACCOUNT } },
    ].map((condition): [string, object[], string[]] => [
      `everybody under ${JSON.stringify(condition)}`,
      [everybodyIf(condition)],
      ['*'],
    ]),
  ])('is %s', (_, statements, expected) => {
    expect([...audienceOf(...statements)].sort()).toStrictEqual([...expected].sort());
  });

  it.each(['', '{', '[]', 'null', '{"Statement":7}', '{"Statement":[null,{"Effect":"Allow"}]}'])(
    'is nobody of %j',
    (policy) => {
      expect(policyAudience({ accountId: ACCOUNT, policy, policyPrincipals: {} })).toEqual([]);
    },
  );

  it('has everybody in it whom the policy allows anything', () => {
    const seen = { allowed: 0, without: 0 };
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 3 }), caller, (key, as) => {
        const [name, principal] = as;
        if (!decide({ as: name, key, principalIds: IDS, identity: ANYTHING }).allowed) {
          return true;
        }
        seen.allowed += 1;
        const defaults = { Action: ['kms:*', 'iam:*'], Resource: '*' };
        const audience = audienceOf(...key.map((each) => ({ ...defaults, ...each })));
        if (!audience.includes('*')) seen.without += 1;
        return audienceIds(principal).some((id) => audience.includes(id));
      }),
      { numRuns: 1000, seed: 20261127 },
    );
    expect(seen.allowed).toBeGreaterThan(100);
    expect(seen.without).toBeGreaterThan(30);
  });
});

const ANYTHING = [{ Effect: 'Allow', Action: '*', Resource: '*' }];

const caller = fc.constantFrom<[NonNullable<Question['as']>, Principal]>(
  ['bob', BOB],
  ['otherRole', OTHER_ROLE],
  ['otherRoot', rootUser(OTHER_ACCOUNT)],
);

const accountCondition = fc
  .record({
    operator: fc.constantFrom(
      ...['StringEquals', 'stringLike', 'StringEqualsIgnoreCase', 'StringNotEquals'],
      ...['ForAllValues:StringEquals', 'ForAnyValue:StringEquals', 'StringEqualsIfExists'],
      ...['ArnLike', 'ArnEquals', 'ArnNotLike', 'Null', 'Bool'],
    ),
    key: fc.constantFrom('kms:CallerAccount', 'aws:principalaccount', 'aws:PrincipalArn'),
    values: fc.uniqueArray(
      fc.constantFrom(
        ...[ACCOUNT, OTHER_ACCOUNT, `${OTHER_ACCOUNT.slice(0, 11)}*`, '*', 'true', 'false'],
        ...[other.user, other.role, other.root, own.root, `arn:*:${ACCOUNT}:x`, 'arn:*'],
      ),
      { maxLength: 3 },
    ),
  })
  .map(({ operator, key, values }) => ({ [operator]: { [key]: values } }));

/** Half of them have a condition on the caller's account. */
const statement = fc
  .tuple(keyStatement, fc.option(accountCondition))
  .map(([each, Condition]) => (Condition ? { ...each, Condition } : each));
