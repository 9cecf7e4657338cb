// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like this
import { describe, expect, it } from 'vitest';
import { checkPolicyDocument, type DocumentKind } from '../../src/authz/document.js';
import { policyPrincipals } from '../../src/authz/policy-principals.js';

const key = { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'kms:*', Resource: '*' };
const identity = { Effect: 'Allow', Action: 'kms:*', Resource: '*' };
const trust = { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' };
const text = (...Statement: readonly unknown[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement });
const condition = (operator: string, name: string, value: unknown = 'x') => ({
  Condition: { [operator]: { [name]: value } },
});
const INVALID = 'Policy contains a statement with one or more invalid principals.';
const VENDOR = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';
const SYNTAX = 'Syntax errors in policy.';

const ROOT = 'arn:aws:iam::111122223333:root';
const BACKWARD = 'Policy contains a statement with an invalid NotPrincipal.';
const RESOURCE = 'Policy contains a statement with an invalid resource.';
const ACTIONS = 'Policy contains a statement with one or more invalid actions.';
const STATEMENTS = { key, identity, trust };

/** Keys of which no request has a value, and which are in no table of those that truthfully have none. */
const UNKNOWN_KEYS = [
  'aws:nosuchkey',
  'kms:keyspecs',
  'iam:policy',
  'sts:externalids',
  'aws:requesttag/',
];
const without = (
  kind: DocumentKind,
  name: string,
  changed: object,
): [DocumentKind, string, string] => [
  kind,
  text({ ...(kind === 'key' || kind === 'trust' ? STATEMENTS[kind] : identity), ...changed }),
  `Policy contains a condition key that has no value on this server: ${name}.`,
];

/** Source: recorded-iam.md §2; policy.md P8. */
const UNREADABLE: readonly (readonly [operator: string, value: string])[] = [
  ['NumericEquals', 'NaN'],
  ['NumericNotEqualsIfExists', 'no-number'],
  ['DateEquals', 'not-a-date'],
  ['DateGreaterThan', '1 Jan 2020'],
  ['ArnLike', 'not-an-arn'],
  ['ArnNotLike', '*'],
  ['ArnLike', 'arn:aws:iam::*'],
  ['IpAddress', 'not-an-ip'],
  ['IpAddress', '192.0.2.0/33'],
  ['NotIpAddress', '127.0.0.0/8 '],
  ['IpAddress', '127.0.0.0/255.0.0.0'],
  ['IpAddress', '2001:db8::/129'],
  ['IpAddress', '2001:db8::5/64'],
  ['IpAddress', '::ffff:192.0.2.1'],
  ['ForAnyValue:BinaryEquals', 'no-binary'],
];

const IMPOSSIBLE: readonly (readonly [resource: string, message: string])[] = [
  ['*foo', 'Resource *foo must be in ARN format or "*".'],
  ['**', 'Resource ** must be in ARN format or "*".'],
  ['${aws:username}', 'Resource ${aws:username} must be in ARN format or "*".'],
  ['arn:', 'Resource arn: must be in ARN format or "*".'],
  ['arn:aws', 'Resource arn:aws must be in ARN format or "*".'],
  ['arn:foo:kms:*:*:*', 'Partition "foo" is not valid for resource "arn:foo:kms:*:*:*".'],
  ['arn:aws-cn:kms:*:*:*', 'Partition "aws-cn" is not valid for resource "arn:aws-cn:kms:*:*:*".'],
  ['arn:aws:*:::x', 'Vendor * is not valid in resource arn:aws:*:::x.'],
  [
    'arn:aws:iam:us-east-1:111122223333:user/x',
    'IAM resource arn:aws:iam:us-east-1:111122223333:user/x cannot contain region information.',
  ],
  ['arn:aws:iam::111122223333:u*', 'IAM resource path must either be "*" or start with user/,'],
];

const REPEATED = [
  '{"Effect":"Deny","Effect":"Allow"}',
  '{"Effect":"Allow","\\u0045ffect":"Allow"}',
  '{"Condition":{"Bool":{"aws:x":"true","aws:x":"false"}}}',
  '{"Condition":{"StringEquals":{"aws:x":"a"},"StringEquals":{"aws:y":"b"}}}',
  '{"Principal":{"AWS":"111122223333","AWS":"*"}}',
];

const check = (kind: DocumentKind, document: string) => () =>
  checkPolicyDocument(kind, document, 'aws');

describe('what may be stored', () => {
  it.each<[DocumentKind, string]>([
    ['key', text(key)],
    ['key', text({ ...key, Sid: 'with spaces' })],
    ['key', text({ ...key, Action: undefined, NotAction: 'kms:Decrypt' })],
    ['key', text({ ...key, Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: '*' } })],
    ['key', text({ ...key, Principal: { Service: 'logs.eu-west-1.amazonaws.com' } })],
    ['key', JSON.stringify({ Id: 'mine', Statement: key })],
    ['key', text({ ...key, ...condition('Bool', 'aws:SecureTransport', 'yes') })],
    ['key', text({ ...key, ...condition('Null', 'aws:TagKeys', 'yes') })],
    ['identity', text({ ...identity, ...condition('NumericEquals', 's3:x', '01') })],
    ['identity', text({ ...identity, ...condition('IpAddress', 'aws:SourceIp', '192.0.2.5/+24') })],
    [
      'identity',
      text({ ...identity, ...condition('IpAddress', 'aws:SourceIp', '2001:db8:::1/128') }),
    ],
    [
      'identity',
      text({ ...identity, ...condition('ArnLike', 'aws:SourceArn', '${aws:PrincipalArn}') }),
    ],
    ['identity', text({ ...identity, Resource: ['arn:aws:kms', 'arn:aws:kms:us-east-1'] })],
    ['identity', text({ ...identity, Resource: 'arn:*:kms:*:*:*' })],
    ['identity', text({ ...identity, Resource: 'arn:aws:iam::*:user/a' })],
    ['identity', text({ ...identity, Resource: 'arn:aws:iam::111122223333:*' })],
    ['session', text({ ...identity, Resource: 'arn:aws:kms:*:*:key/*' })],
    ['session', text({ ...identity, ...condition('NumericEquals', 's3:x', 'no-number') })],
    ['session', text({ ...identity, ...condition('ArnLike', 'aws:SourceArn', 'not-an-arn') })],
    ['key', text({ ...key, Principal: '*' })],
    ['key', text({ ...key, Principal: { AWS: ['*', 'arn:aws:iam::111122223333:user/a/b'] } })],
    ['key', text({ ...key, Principal: { Service: 's3.amazonaws.com' } })],
    ['key', text({ ...key, ...condition('StringEqualsIfExists', 'kms:EncryptionContext:a b') })],
    ['key', text({ ...key, ...condition('ForAnyValue:StringLike', 'aws:PrincipalTag/x', ['a']) })],
    ['identity', text(identity)],
    ['identity', text({ ...identity, Action: undefined, NotAction: 's3:*' })],
    ['identity', text({ ...identity, Resource: 'arn:aws:kms:*:*:key/*' })],
    ['trust', text(trust)],
    ['trust', text({ ...trust, Action: ['sts:AssumeRole', 'sts:TagSession'] })],
    [
      'trust',
      text({
        ...trust,
        Principal: { Federated: 'arn:aws:iam::111122223333:oidc-provider/x.example' },
        ...condition('StringEquals', 'x.example/a:aud'),
      }),
    ],
  ])('%s policy %s', (kind, document) => {
    expect(check(kind, document)).not.toThrow();
  });
});

describe('what may not', () => {
  it.each<[DocumentKind, string, string]>([
    ['key', '{', 'Policy contains invalid JSON.'],
    ['key', '[]', 'Policy must be a JSON object.'],
    ['key', text(), 'Policy must contain a statement.'],
    [
      'key',
      text({ ...key, Effect: 'allow' }),
      'Policy contains a statement with an invalid effect.',
    ],
    [
      'key',
      text({ ...key, Principal: undefined }),
      'Policy contains a statement with no principal.',
    ],
    ['key', text({ ...key, Principal: 'alice' }), INVALID],
    ['key', text({ ...key, Principal: { AWS: 'arn:aws:iam::111122223333:user/*' } }), INVALID],
    ['key', text({ ...key, Principal: { AWS: 'arn:aws:iam::111122223333:group/g' } }), INVALID],
    ['key', text({ ...key, Principal: { AWS: [] } }), INVALID],
    ['key', text({ ...key, Principal: { Group: 'x' } }), INVALID],
    ['key', text({ ...key, NotPrincipal: '*' }), SYNTAX],
    ['key', text({ ...key, Colour: 'blue' }), SYNTAX],
    [
      'key',
      text({ ...key, Sid: 'a' }, { ...key, Sid: 'a' }),
      'Statement IDs (SID) in a single policy must be unique.',
    ],
    ['key', text({ ...key, Action: 'Encrypt' }), VENDOR],
    [
      'key',
      text({ ...key, ...condition('StringIs', 'aws:username') }),
      'Invalid Condition type : StringIs.',
    ],
    ['key', text({ ...key, ...condition('StringEquals', 'username') }), VENDOR],
    [
      'key',
      text({ ...key, Condition: { Bool: { 'aws:x': 'true' }, bool: { 'aws:x': 'false' } } }),
      SYNTAX,
    ],
    ['key', text({ ...key, Condition: { Bool: { 'aws:x': 'true', 'AWS:x': 'false' } } }), SYNTAX],
    ['key', text({ ...key, ...condition('StringEquals', 'aws:username', { a: 1 }) }), SYNTAX],
    [
      'key',
      text({ ...key, ...condition('ForAllValues:StringEquals', 'kms:EncryptionContext:a') }),
      'OverlyPermissiveCondition: ForAllValues must not be used with the single-valued condition key kms:EncryptionContext:a.',
    ],
    [
      'key',
      text({ ...key, ...condition('ForAllValues:StringEquals', 'aws:RequestTag/a') }),
      'OverlyPermissiveCondition: ForAllValues must not be used with the single-valued condition key aws:RequestTag/a.',
    ],
    [
      'identity',
      text({ ...identity, Principal: '*' }),
      'Policy document should not specify a principal.',
    ],
    [
      'identity',
      text({ ...identity, Action: undefined }),
      'Policy statement must contain actions.',
    ],
    [
      'identity',
      text({ ...identity, Resource: undefined }),
      'Policy statement must contain resources.',
    ],
    [
      'identity',
      text({ ...identity, Resource: 'key/1' }),
      'Resource key/1 must be in ARN format or "*".',
    ],
    [
      'identity',
      text({ ...identity, Sid: 'with spaces' }),
      'Policy contains a statement with an invalid Sid.',
    ],
    ['trust', text({ ...trust, Resource: '*' }), 'Has prohibited field Resource'],
    ['trust', text({ ...trust, Action: '*' }), ACTIONS],
    ['trust', text({ ...trust, Action: 'kms:Encrypt' }), ACTIONS],
    ['trust', text({ ...trust, Principal: { CanonicalUser: 'a'.repeat(64) } }), INVALID],
    ['trust', text({ ...trust, Principal: undefined, NotPrincipal: { AWS: ROOT } }), BACKWARD],
    [
      'trust',
      text({ ...trust, Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: ROOT } }),
      BACKWARD,
    ],
    ['key', text({ ...key, Principal: undefined, NotPrincipal: { AWS: ROOT } }), BACKWARD],
    ['key', text({ ...key, Action: undefined }), 'Policy statement must contain actions.'],
    ['key', text({ ...key, Resource: undefined }), 'Policy statement must contain resources.'],
    ['key', text({ ...key, Resource: 'arn:aws:kms:us-east-1:111122223333:key/1' }), RESOURCE],
    ['key', text({ ...key, Resource: undefined, NotResource: '*' }), RESOURCE],
    ['key', text({ ...key, Principal: { Service: 'nobody' } }), INVALID],
    ['key', text({ ...key, Principal: { CanonicalUser: 'a'.repeat(64) } }), INVALID],
    ['key', text({ ...key, Principal: { AWS: 'arn:aws-cn:iam::111122223333:root' } }), INVALID],
    ['key', JSON.stringify({ Id: 7, Statement: key }), SYNTAX],
    ['key', JSON.stringify({ version: '2012-10-17', Statement: key }), SYNTAX],
    [
      'key',
      JSON.stringify({ Statement: { ...key, Sid: 7 } }),
      'Policy contains a statement with an invalid Sid.',
    ],
    ...UNREADABLE.flatMap(([operator, value]) =>
      (['key', 'identity', 'trust'] as const).map((kind): [DocumentKind, string, string] => [
        kind,
        text({ ...STATEMENTS[kind], ...condition(operator, 'aws:username', value) }),
        'The policy failed legacy parsing',
      ]),
    ),
    [
      'session',
      text({ ...identity, ...condition('BinaryEquals', 's3:x', 'no-binary') }),
      'The policy failed legacy parsing',
    ],
    ['session', text({ ...identity, Resource: 'arn:aws:kms' }), 'must be a complete ARN.'],
    ...UNKNOWN_KEYS.flatMap((name) =>
      (['key', 'identity', 'trust', 'session'] as const).flatMap((kind) => [
        without(kind, name, condition('StringEquals', name, 'x')),
        without(kind, name, condition('StringLike', 'aws:username', `a-\${${name}}`)),
      ]),
    ),
    without('identity', 'aws:nobody', { Resource: `arn:aws:kms:*:*:key/\${aws:nobody}` }),
    ...IMPOSSIBLE.map(([resource, message]): [DocumentKind, string, string] => [
      'identity',
      text({ ...identity, Resource: resource }),
      message,
    ]),
    // Members of the same name, at every depth, also when their spelling differs.
    ...['key', 'identity', 'session', 'trust'].flatMap((kind) =>
      REPEATED.map((statement): [DocumentKind, string, string] => [
        kind as DocumentKind,
        `{"Statement":[${statement}]}`,
        SYNTAX,
      ]),
    ),
    ['identity', '{"Statement":[],"Statement":{}}', SYNTAX],
    ['trust', text({ ...trust, Principal: undefined }), 'Missing required field Principal'],
  ])('%s policy %s: %s', (kind, document, message) => {
    expect(check(kind, document)).toThrow(message);
  });

  it('is what nests without end, or has ten thousand conditions that nobody understands', () => {
    const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
    expect(check('key', deep)).toThrow(SYNTAX);
    const within = text({ ...key, Action: 'deep' }).replace('"deep"', deep);
    expect(check('key', within)).toThrow(SYNTAX);
    const many = Array.from({ length: 10_000 }, (_, index) => [`s3:key${index}`, 'x']);
    const all = { ...key, Condition: { StringEquals: Object.fromEntries(many) } };
    expect(check('key', text(all))).not.toThrow();
  });
});

it('names every AWS principal once', () => {
  const two = { ...key, Principal: undefined, NotPrincipal: { AWS: ['b', 'a'], Service: 's' } };
  const statements = [key, key, two, { ...key, Principal: '*' }];
  expect(policyPrincipals(text(...statements))).toStrictEqual(['111122223333', 'b', 'a']);
});
