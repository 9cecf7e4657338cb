// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like this
/** Questions for two readings of AWS's rules: what is common in policies, and what is odd in them. */
import fc from 'fast-check';
import { ACCOUNT, KEY_ARN, OTHER_ACCOUNT } from '../../support/sample-principal.js';
import { type Question, SAMPLE_KEY } from '../decisions/decide.js';

type Statement = Readonly<Record<string, unknown>>;

const arns = (account: string) => ({
  root: `arn:aws:iam::${account}:root`,
  role: `arn:aws:iam::${account}:role/Role`,
  session: `arn:aws:sts::${account}:assumed-role/Role/here`,
});
const [own, other] = [arns(ACCOUNT), arns(OTHER_ACCOUNT)];
const ALICE = `arn:aws:iam::${ACCOUNT}:user/alice`;
const BOB = `arn:aws:iam::${OTHER_ACCOUNT}:user/bob`;
const FAY = `arn:aws:sts::${ACCOUNT}:federated-user/Fay`;
const NAMES = [
  ALICE,
  BOB,
  FAY,
  ACCOUNT,
  OTHER_ACCOUNT,
  ...Object.values(own),
  ...Object.values(other),
];

const oneOrMore = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> =>
  fc.oneof({ weight: 3, arbitrary: one }, fc.uniqueArray(one, { minLength: 1, maxLength: 3 }));

/** Each kind of condition: its operators, keys that suit it, and values of policies and requests. */
const MATTERS = [
  {
    operators: ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike'],
    keys: ['test:text', 'TEST:Text', 'aws:username', 'kms:EncryptionContext:team'],
    values: ['alice', 'ALICE', 'al*', '?lice', '', '*', '**e', 'a/:\nb', 'a*b', '${aws:username}'],
  },
  {
    operators: ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike'],
    keys: ['aws:ResourceTag/team', 'aws:RequestTag/Team', 'test:text', 'test:empty', 'test:none'],
    values: [
      'red',
      'blue',
      '',
      'r*',
      "${test:none, 'red'}",
      '${test:none}',
      '${test:text}',
      '${*}',
    ],
  },
  {
    operators: ['StringEquals', 'StringLike', 'StringNotEquals', 'StringNotLike'],
    keys: ['test:text', 'aws:username', 'test:none'],
    values: ['${aws:RequestTag/team}', '${aws:ResourceTag/Team}', "${test:many, 'alice'}", '${?}'],
  },
  {
    operators: ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike'],
    keys: ['test:many', 'aws:TagKeys', 'kms:EncryptionContextKeys', 'kms:ResourceAliases'],
    values: ['a', 'b', '', 'team', 'Team', 't*', '*', 'alias/a'],
  },
  {
    operators: ['StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
    keys: ['test:text', 'test:many', 'aws:username'],
    values: [
      'ALICE',
      'K',
      '\u212A',
      '\u039F\u03A3',
      '\u03BF\u03C2',
      '\u{10400}',
      '${aws:username}',
    ],
  },
  {
    operators: [
      ...['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'],
    ].map((order) => `Numeric${order}`),
    keys: ['test:number', 'aws:EpochTime', 'test:many', 'test:none'],
    values: [
      '7',
      7,
      '7.0',
      '-7',
      '+7',
      '07',
      '7.',
      '.7',
      '70e-1',
      '',
      'seven',
      'NaN',
      '1767268800',
    ],
  },
  {
    operators: [
      ...['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'],
    ].map((order) => `Date${order}`),
    keys: ['aws:CurrentTime', 'aws:EpochTime', 'test:date', 'test:none'],
    values: ['2026-01', '2026', '2026-01-01', '2026-01-01T12:00Z', '2026-01-01T13:00:00+01:00']
      .concat(['1767268800', '+1767268800', '-1', '2026-02-30', 'yesterday', ''])
      .concat(['2026-01-01T12:00:00.0009Z', '2026-01-01T12:00:00.001']),
  },
  {
    operators: ['Bool'],
    keys: ['aws:SecureTransport', 'test:flag', 'test:many', 'test:none'],
    values: [true, false, 'true', 'TRUE', 'false', 'yes', '', ' true '],
  },
  { operators: ['BinaryEquals'], keys: ['test:binary'], values: ['YQ==', 'YQ', 'YR==', 'YQ== '] },
  {
    operators: ['IpAddress', 'NotIpAddress'],
    keys: ['aws:SourceIp', 'test:address', 'test:none'],
    values: ['192.0.2.0/24', '192.0.2.1', '192.0.2.5/24', '192.000.002.0/+24', '0.0.0.0/0', '::/0']
      .concat(['2001:db8::/32', '2001:db8::1', '2001:db8::1/64', '2001:db8:::1', ':::', '::::'])
      .concat(['::ffff:c000:200/120', '192.0.2', '192.0.2.0/33', 'nowhere', '192.0.2.0/24 ', '']),
  },
  {
    operators: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'],
    keys: ['aws:PrincipalArn', 'test:arn', 'test:many', 'test:none'],
    values: [
      ALICE,
      own.role,
      'arn:aws:iam::*:user/*',
      'arn:*:iam::*:*',
      'arn:aws:*:user/alice',
      '*',
    ].concat(['bucket', '${test:arn}', '${test:text}', 'arn:aws:iam::*:user/${aws:username}', '']),
  },
] as const;

const SETS = ['', '', '', 'ForAllValues:', 'ForAnyValue:', 'forallvalues:'];
const IF_EXISTS = ['', '', 'IfExists'];

const line = fc
  .constantFrom(...MATTERS)
  .chain(({ operators, keys, values }) =>
    fc
      .tuple(
        fc.constantFrom(...SETS),
        fc.constantFrom<string>(...operators),
        fc.constantFrom(...IF_EXISTS),
        fc.constantFrom<string>(...keys),
        oneOrMore(fc.constantFrom<string | number | boolean>(...values)),
      )
      .map(([set, operator, ifExists, key, value]): [string, Record<string, unknown>] => [
        `${set}${operator}${ifExists}`,
        { [key]: value },
      ]),
  );
const nullLine = fc
  .tuple(
    fc.constantFrom(
      'test:none',
      'test:text',
      'test:empty',
      'test:many',
      'aws:TagKeys',
      'kms:EncryptionContext:Team',
    ),
    fc.constantFrom<unknown>('true', 'false', true, false, 'TRUE', 'yes'),
  )
  .map(([key, value]): [string, Record<string, unknown>] => ['Null', { [key]: value }]);
const oddLine = fc.constant<[string, Record<string, unknown>]>(['StringIs', { 'test:text': 'a' }]);

const condition = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: line },
      { weight: 2, arbitrary: nullLine },
      { weight: 1, arbitrary: oddLine },
    ),
    { maxLength: 2 },
  )
  .map((lines) => (lines.length === 0 ? {} : { Condition: Object.fromEntries(lines) }));

const actionNames = fc.constantFrom(
  'kms:*',
  '*',
  'kms:Encrypt',
  'KMS:encrypt',
  'kms:?ecrypt',
  'kms:Re*',
  'iam:*',
);
const actions = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: oneOrMore(actionNames).map((Action) => ({ Action })) },
  {
    weight: 1,
    arbitrary: oneOrMore(actionNames).map((NotAction) => ({ Action: undefined, NotAction })),
  },
);
const resourceNames = fc.constantFrom(
  ...[
    '*',
    KEY_ARN,
    'arn:aws:kms:*:*:key/*',
    'arn:aws:kms',
    'arn:aws:kms:eu-west-1',
    'arn:aws:kms:us-*',
  ],
  ...[`arn:aws:kms:us-east-1:${ACCOUNT}`, 'arn:aws:kms:us-east-1:*:alias/*', `${KEY_ARN}?`],
  ...['arn:aws:kms:*:*:key/${test:none}', 'arn:aws:kms:*:${aws:PrincipalAccount}:key/*'],
  ...[
    "arn:aws:kms:*:*:key/${test:none, '1234abcd-12ab-34cd-56ef-1234567890ab'}",
    '${aws:RequestTag/team}',
  ],
);
const resources = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: oneOrMore(resourceNames).map((Resource) => ({ Resource })) },
  {
    weight: 1,
    arbitrary: oneOrMore(resourceNames).map((NotResource) => ({
      Resource: undefined,
      NotResource,
    })),
  },
);

const effects = fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny');
export const statement: fc.Arbitrary<Statement> = fc
  .tuple(effects, actions, resources, condition)
  .map(([Effect, ...rest]) => Object.assign({ Effect }, ...rest));

const principal = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom<unknown>('*', { AWS: '*' }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      { Service: 'logs.amazonaws.com' },
      { Service: 'sns.amazonaws.com' },
    ),
  },
  {
    weight: 7,
    arbitrary: fc
      .uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 })
      .map((AWS) => ({ AWS })),
  },
);
export const keyStatement: fc.Arbitrary<Statement> = fc
  .tuple(effects, principal, fc.integer({ max: 4, min: 0 }), actions, resources, condition)
  .map(([Effect, who, not, ...rest]) =>
    Object.assign({ Effect, [not === 0 ? 'NotPrincipal' : 'Principal']: who }, ...rest),
  );

const valuesOf = (matter: number) =>
  fc.constantFrom(...(MATTERS[matter]?.values ?? []).map((value) => String(value)));
const text = fc.constantFrom(
  'alice',
  'a*b',
  'aXb',
  'red',
  '',
  'a/:\nb',
  '*',
  '\u212A',
  '\u03BF\u03C2',
  '\u{10400}',
);
const members = fc.record(
  {
    'test:text': text,
    'test:empty': fc.constant(''),
    'test:many': fc.uniqueArray(fc.constantFrom('a', 'b', '', '7', 'true', ALICE), {
      maxLength: 3,
    }),
    'test:number': valuesOf(5),
    'test:date': valuesOf(6),
    'test:flag': valuesOf(7),
    'test:binary': valuesOf(8),
    'test:address': fc.oneof(
      valuesOf(9),
      fc.constantFrom('::ffff:192.0.2.1', '::FFFF:c000:201', '2001:db8::1%eth0', '192.0.2.1/32'),
    ),
    'test:arn': fc.constantFrom(ALICE, own.role, own.session, 'bucket', '', 'arn:aws:s3:::a/b:c'),
  },
  { requiredKeys: [] },
);
const pairs = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom('team', 'Team', 'TEAM', 'x'),
    fc.constantFrom('red', 'blue', 'alice', ''),
  ),
  { maxLength: 3, selector: ([name]) => name },
);
const facts = fc.record(
  {
    members,
    encryptionContext: pairs.map((each) => Object.fromEntries(each)),
    tags: pairs.map((each) => new Map(each)),
    key: pairs.map((each) => ({ ...SAMPLE_KEY, tags: new Map(each) })),
  },
  { requiredKeys: [] },
);

const CALLERS = [
  ...(['alice', 'role', 'federated', 'root', 'bob', 'otherRole', 'otherRoot', 'service'] as const),
] as const;
/** How a grant can name each of them. */
const NAMINGS = {
  alice: ['user', 'account'],
  role: ['role', 'session', 'account'],
  federated: ['role', 'session', 'account'],
  root: ['account'],
  bob: ['user', 'account'],
  otherRole: ['role', 'session', 'account'],
  otherRoot: ['account'],
  service: ['service'],
} as const;

const few = (one: fc.Arbitrary<Statement>, minLength = 0) =>
  fc.array(one, { minLength, maxLength: 3 });
const limits = fc.record(
  {
    boundary: few(statement),
    session: few(statement),
    scopeDown: fc.array(few(statement, 1), { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: [] },
);

/** Root users and services have no policies of their own. */
function ofCaller(as: (typeof CALLERS)[number]): fc.Arbitrary<Question> {
  const bare = as === 'root' || as === 'otherRoot' || as === 'service';
  return fc
    .tuple(
      fc.record(
        {
          key: few(keyStatement, 1),
          action: fc.constantFrom('kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptFrom'),
          facts,
          version: fc.constantFrom('2012-10-17', '2012-10-17', '2008-10-17'),
          crossAccount: fc.constant(false as const),
          grants: fc.subarray([...NAMINGS[as]]),
          issuer: fc.constantFrom(ACCOUNT, OTHER_ACCOUNT),
          on: fc.constant('identity' as const),
        },
        { requiredKeys: ['key', 'facts'] },
      ),
      bare ? fc.constant({}) : fc.record({ identity: few(statement, 1) }),
      bare ? fc.constant({}) : limits,
      fc.integer({ min: 0, max: 7 }),
    )
    .map(([{ crossAccount, grants, issuer, on, version, ...asked }, identity, limit, odds]) => ({
      as,
      ...asked,
      ...identity,
      ...limit,
      ...(version !== undefined && { version }),
      ...(grants !== undefined && odds > 3 && { grants, ...(issuer !== undefined && { issuer }) }),
      ...(crossAccount !== undefined && odds === 0 && { crossAccount }),
      ...(on !== undefined && odds === 1 && as !== 'service' && { on }),
    }));
}

export const questions: fc.Arbitrary<Question> = fc.constantFrom(...CALLERS).chain(ofCaller);
