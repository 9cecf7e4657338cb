import { describe, expect, it } from 'vitest';
import {
  checkIdentityPolicyDocument,
  checkKeyPolicyDocument,
  checkTrustPolicyDocument,
} from '../../src/authz/document.js';
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

const checks = {
  key: checkKeyPolicyDocument,
  identity: checkIdentityPolicyDocument,
  trust: checkTrustPolicyDocument,
};

describe('what may be stored', () => {
  it.each<[keyof typeof checks, string]>([
    ['key', text(key)],
    ['key', text({ ...key, Sid: 'with spaces' })],
    ['key', text({ ...key, Action: undefined })],
    ['key', text({ ...key, Resource: undefined })],
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
    expect(() => checks[kind](document)).not.toThrow();
  });
});

describe('what may not', () => {
  it.each<[keyof typeof checks, string, string]>([
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
    ['trust', text({ ...trust, Principal: undefined }), 'Missing required field Principal'],
  ])('%s policy %s: %s', (kind, document, message) => {
    expect(() => checks[kind](document)).toThrow(message);
  });

  it('is what nests without end, or has ten thousand conditions that nobody understands', () => {
    const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
    expect(() => checkKeyPolicyDocument(deep)).toThrow(SYNTAX);
    const within = text({ ...key, Action: 'deep' }).replace('"deep"', deep);
    expect(() => checkKeyPolicyDocument(within)).toThrow(SYNTAX);
    const many = Array.from({ length: 10_000 }, (_, index) => [`aws:key${index}`, 'x']);
    const all = { ...key, Condition: { StringEquals: Object.fromEntries(many) } };
    expect(() => checkKeyPolicyDocument(text(all))).not.toThrow();
  });
});

it('names every AWS principal once', () => {
  const two = { ...key, Principal: undefined, NotPrincipal: { AWS: ['b', 'a'], Service: 's' } };
  const statements = [key, key, two, { ...key, Principal: '*' }];
  expect(policyPrincipals(text(...statements))).toStrictEqual(['111122223333', 'b', 'a']);
});
