// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like this
/** What a decision costs, in steps: policies and requests are written by callers. Source: red.md H8. */
import { describe, expect, it } from 'vitest';
import { requestContext } from '../../src/authz/condition-keys.js';
import { decideOnIdentity } from '../../src/authz/evaluate.js';
import { compilePolicy } from '../../src/authz/policy.js';
import { ACCOUNT, KEY_ARN, user } from '../support/sample-principal.js';

const MOST = 2_000_000;

interface Headers {
  readonly userAgent?: string;
  readonly referer?: string;
}

/** Decides on kms:Encrypt by one identity policy. @returns also the steps that it took */
function decide(statements: readonly object[], http: Headers = {}, context = {}) {
  const document = { Version: '2012-10-17', Statement: statements };
  const identity = [compilePolicy(document, { kind: 'identity', id: 'i' })];
  const principal = { ...user('alice'), policies: { identity } };
  const facts = requestContext({
    ...{ principal, action: 'kms:Encrypt', resourceAccountId: ACCOUNT, region: 'us-east-1' },
    ...{ now: 0, http: { sourceIp: '', secure: true, ...http }, encryptionContext: context },
  });
  const { steps: budget } = facts;
  if (!budget) throw new Error('the context has no bound');
  let steps = 0;
  const spend = budget.spend.bind(budget);
  // Not a spy, which keeps every call.
  budget.spend = (count) => {
    steps += count;
    return spend(count);
  };
  const { allowed } = decideOnIdentity({
    ...{ principal, action: 'kms:Encrypt', resource: KEY_ARN, resourceAccountId: ACCOUNT },
    context: facts,
  });
  return { allowed, steps };
}

const all = { Action: 'kms:*', Resource: '*' };
const allow = { Effect: 'Allow', ...all };
const when = (operator: string, key: string, values: unknown) => ({
  Condition: { [operator]: { [key]: values } },
});
const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index));

const COSTLY = {
  'stars and variables against long headers': when(
    'StringLike',
    'aws:UserAgent',
    times(60, (index) => `*\${aws:Referer}b${'?'.repeat(index)}`),
  ),
  'a star and a long tail': when('StringLike', 'aws:UserAgent', [
    ...times(40, (index) => `*${'a'.repeat(1000 + index)}b`),
  ]),
  'many values that have to be read': when(
    'NumericEquals',
    'kms:EncryptionContext:n',
    times(4000, String),
  ),
  'many values in one case': when(
    'StringEqualsIgnoreCase',
    'kms:EncryptionContext:n',
    times(4000, (index) => `A${index}`),
  ),
  'an ARN with long parts': when(
    'ArnLike',
    'kms:EncryptionContext:arn',
    times(60, (index) => `arn:aws:s3:::*${'a'.repeat(400)}${index}`),
  ),
} as const;

describe.each(Object.entries(COSTLY))('%s', (_what, condition) => {
  const http = { userAgent: 'a'.repeat(2048), referer: 'a'.repeat(1000) };
  const context = { n: '1'.repeat(8000), arn: `arn:aws:s3:::${'a'.repeat(8000)}` };

  it('end in a refusal, whether the statement allows or denies', () => {
    for (const effect of ['Allow', 'Deny']) {
      const { allowed, steps } = decide(
        [...(effect === 'Deny' ? [allow] : []), { Effect: effect, ...all, ...condition }],
        http,
        context,
      );
      expect(allowed).toBe(false);
      expect(steps).toBeLessThan(MOST + 20_000);
    }
  });
});

it('headers that no client sends are not looked at: what asks for them is refused', () => {
  const http = { userAgent: 'a'.repeat(2049), referer: 'a'.repeat(20_000) };
  for (const key of ['aws:UserAgent', 'aws:Referer']) {
    expect(decide([{ ...allow, ...when('StringLike', key, '*') }], http).allowed).toBe(false);
    const deny = { Effect: 'Deny', ...all, ...when('StringLike', key, 'no') };
    expect(decide([allow, deny], http).allowed).toBe(false);
    const byVariable = {
      Effect: 'Deny',
      ...all,
      ...when('StringLike', 'aws:username', `\${${key}}`),
    };
    expect(decide([allow, byVariable], http).allowed).toBe(false);
  }
  expect(decide([allow], http).allowed).toBe(true);
});

it('a pattern does not grow without end by its variables', () => {
  const http = { userAgent: 'a'.repeat(2048) };
  const pattern = '${aws:UserAgent}'.repeat(1950);
  const { allowed, steps } = decide(
    [allow, { Effect: 'Deny', ...all, ...when('StringLike', 'aws:username', pattern) }],
    http,
  );
  expect(allowed).toBe(false);
  expect(steps).toBeLessThan(20_000);
});

it('a thousand statements of usual size are no burden', () => {
  const statements = times(1000, (index) => `arn:aws:kms:*:${ACCOUNT}:key/${index}*`).map(
    (Resource) => ({
      ...{ Effect: 'Allow', Action: 'kms:*', Resource },
      ...when('StringLike', 'aws:username', ['team-*', 'al*']),
    }),
  );
  const { allowed, steps } = decide([...statements, allow]);
  expect(allowed).toBe(true);
  expect(steps).toBeLessThan(MOST / 5);
});
