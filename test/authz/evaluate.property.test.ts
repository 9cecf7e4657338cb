import fc from 'fast-check';
import { expect, it } from 'vitest';
import { requestContext } from '../../src/authz/condition-keys.js';
import { decideOnIdentity, decideOnResource } from '../../src/authz/evaluate.js';
import type { Principal } from '../../src/authz/model.js';
import { compilePolicy } from '../../src/authz/policy.js';

import {
  ACCOUNT,
  KEY_ARN,
  OTHER_ACCOUNT,
  roleSession,
  rootUser,
  user,
} from '../support/sample-principal.js';

const callers = fc.constantFrom(
  user('alice'),
  roleSession('Role', 'here'),
  rootUser(),
  user('bob', [], OTHER_ACCOUNT),
);
const actions = fc.constantFrom('kms:Encrypt', 'kms:Decrypt', 'kms:CreateGrant');
const principals = fc.constantFrom<unknown>(
  '*',
  { AWS: '*' },
  { AWS: ACCOUNT },
  { AWS: `arn:aws:iam::${ACCOUNT}:root` },
  { AWS: `arn:aws:iam::${ACCOUNT}:user/alice` },
  { AWS: `arn:aws:iam::${ACCOUNT}:role/Role` },
  { AWS: OTHER_ACCOUNT },
);
const conditions = fc.constantFrom<unknown>(
  undefined,
  { StringEquals: { 'aws:username': 'alice' } },
  { StringNotEquals: { 'aws:username': 'alice' } },
  { Bool: { 'aws:SecureTransport': 'true' } },
  { Null: { 'aws:MultiFactorAuthAge': 'true' } },
  { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'x' } },
);
const statement = fc.record({
  Effect: fc.constantFrom('Allow', 'Deny'),
  Action: fc.constantFrom<unknown>('*', 'kms:*', 'kms:Encrypt', ['kms:Decrypt', 'kms:Create*']),
  Resource: fc.constantFrom('*', KEY_ARN, 'arn:aws:kms:eu-*:*'),
  Condition: conditions,
});
const keyStatement = fc
  .tuple(statement, principals, fc.boolean())
  .map(([rest, Principal, not]) => ({ ...rest, [not ? 'NotPrincipal' : 'Principal']: Principal }));

function decide(
  caller: Principal,
  action: string,
  key: readonly unknown[],
  identity: readonly unknown[],
) {
  const version = { Version: '2012-10-17' };
  const principal: Principal = {
    ...caller,
    policies: {
      identity: [compilePolicy({ ...version, Statement: identity }, { kind: 'identity', id: 'i' })],
    },
  };
  const context = requestContext({
    principal,
    action,
    resourceAccountId: ACCOUNT,
    region: 'us-east-1',
    now: 0,
    http: { sourceIp: '', secure: true },
  });
  const request = { principal, action, resource: KEY_ARN, resourceAccountId: ACCOUNT, context };
  const resourcePolicy = compilePolicy(
    { ...version, Statement: key },
    { kind: 'resource', id: 'k' },
  );
  return decideOnResource({ request, resourcePolicy, crossAccountAllowed: true });
}

const RUNS = { numRuns: 500 };

it('a further Deny never allows more', () => {
  fc.assert(
    fc.property(
      callers,
      actions,
      fc.array(keyStatement, { maxLength: 4 }),
      fc.array(statement, { maxLength: 4 }),
      keyStatement,
      statement,
      (caller, action, key, identity, keyDeny, deny) => {
        if (decide(caller, action, key, identity).allowed) return;
        const more = [...key, { ...keyDeny, Effect: 'Deny' }];
        expect(decide(caller, action, more, identity).allowed).toBe(false);
        expect(
          decide(caller, action, key, [...identity, { ...deny, Effect: 'Deny' }]).allowed,
        ).toBe(false);
      },
    ),
    RUNS,
  );
});

it('IAM alone never allows: the key policy must name the caller or its account', () => {
  fc.assert(
    fc.property(
      callers,
      actions,
      fc.array(statement, { maxLength: 5 }),
      (caller, action, identity) => {
        const stranger = {
          Effect: 'Allow',
          Principal: { AWS: '999999999999' },
          Action: '*',
          Resource: '*',
        };
        expect(decide(caller, action, [stranger], identity).allowed).toBe(false);
      },
    ),
    RUNS,
  );
});

it('another account is never allowed without its own policies', () => {
  fc.assert(
    fc.property(actions, fc.array(keyStatement, { maxLength: 5 }), (action, key) => {
      expect(decide(user('bob', [], OTHER_ACCOUNT), action, key, []).allowed).toBe(false);
    }),
    RUNS,
  );
});

it('evaluation never throws, whatever JSON a policy is', () => {
  const context = { get: () => 'x' };
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.string(), (value, text) => {
      const odd = {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: value, Resource: value, Condition: value, Principal: value },
          value,
        ],
      };
      for (const document of [value, text, JSON.stringify(value), odd]) {
        const identity = [compilePolicy(document, { kind: 'identity', id: 'i' })];
        const principal = { ...user('alice'), policies: { identity } };
        const request = {
          principal,
          action: 'kms:Encrypt',
          resource: KEY_ARN,
          resourceAccountId: ACCOUNT,
          context,
        };
        decideOnIdentity(request);
        const resourcePolicy = compilePolicy(document, { kind: 'resource', id: 'k' });
        expect(
          decideOnResource({ request, resourcePolicy, crossAccountAllowed: true }),
        ).toHaveProperty('allowed');
      }
    }),
    RUNS,
  );
});
