import { describe, expect, it } from 'vitest';
import {
  CONDITION_KEYS,
  type RequestFacts,
  requestContext,
} from '../../../src/authz/condition-keys.js';
import type { Decision } from '../../../src/authz/decision.js';
import { decideOnIdentity, decideOnResource } from '../../../src/authz/evaluate.js';
import type { Principal } from '../../../src/authz/model.js';
import { OPERATORS } from '../../../src/authz/operators.js';
import { compilePolicy } from '../../../src/authz/policy.js';
import type { PolicyKind } from '../../../src/authz/policy-source.js';

import {
  ACCOUNT,
  KEY_ARN,
  OTHER_ACCOUNT,
  roleSession,
  rootUser,
  service,
  user,
} from '../../support/sample-principal.js';
import { KEY_ROWS } from './condition-keys.js';
import { OPERATOR_ROWS } from './operators.js';
import { type DecisionRow, MATTERS } from './policies.js';

const CALLERS: Readonly<Record<NonNullable<DecisionRow['as']>, Principal>> = {
  alice: user('alice'),
  role: roleSession('Role', 'here'),
  root: rootUser(),
  bob: user('bob', [], OTHER_ACCOUNT),
  otherRole: roleSession('Role', 'here', [], OTHER_ACCOUNT),
  otherRoot: rootUser(OTHER_ACCOUNT),
  service: service('logs.amazonaws.com'),
};

const baseFacts = (principal: Principal, action: string): RequestFacts => ({
  principal,
  action,
  resourceAccountId: ACCOUNT,
  region: 'eu-west-1',
  now: Date.UTC(2026, 0, 1, 12),
  http: { sourceIp: '192.0.2.1', secure: true },
});

const key = {
  keySpec: 'SYMMETRIC_DEFAULT',
  keyUsage: 'ENCRYPT_DECRYPT',
  origin: 'AWS_KMS',
  multiRegion: false,
  aliases: ['alias/a'],
  maxAliases: 50,
  tags: new Map([['Colour', 'Blue']]),
};

function decide(row: DecisionRow): Decision {
  const { as = 'alice', action = 'kms:Encrypt', resource = KEY_ARN } = row;
  const compile = (kind: PolicyKind, statements: DecisionRow['key'] = []) =>
    compilePolicy(
      JSON.stringify({
        Version: row.version ?? '2012-10-17',
        Statement: statements.map((each) => ({
          ...(!Object.hasOwn(each, 'Action') && { Action: ['kms:*', 'iam:*'] }),
          ...(!Object.hasOwn(each, 'Resource') && { Resource: '*' }),
          ...each,
        })),
      }),
      { kind, id: kind },
      row.principalIds ? { principalIds: new Map(Object.entries(row.principalIds)) } : {},
    );
  const { boundary, session } = row;
  const principal: Principal = {
    ...CALLERS[as],
    policies: {
      identity: [compile('identity', row.identity)],
      ...(boundary && { boundary: compile('boundary', boundary) }),
      ...(session && { session: [compile('session', session)] }),
    },
  };
  const context = requestContext({ ...baseFacts(principal, action), key, ...row.facts });
  const request = { principal, action, resource, resourceAccountId: ACCOUNT, context };
  if (row.on === 'identity') return decideOnIdentity(request);
  return decideOnResource({
    request,
    resourcePolicy: compile('resource', row.key),
    crossAccountAllowed: row.crossAccount ?? true,
    ...(row.grants && {
      grants: () =>
        (row.grants ?? []).map((naming) => ({
          grantId: 'g',
          naming,
          issuingAccountId: row.issuer ?? ACCOUNT,
        })),
    }),
  });
}

describe.each(Object.entries(MATTERS))('%s', (_, rows) => {
  it.each(rows.map((row) => [row.name, row] as const))('%s', (__, row) => {
    const decision = decide(row);
    const { expected } = row;
    if (typeof expected !== 'string') {
      expect(decision).toMatchObject({ allowed: false, ...expected });
      expect(decision.statements.length > 0).toBe(expected.explicit);
    } else {
      expect(decision).toMatchObject({
        allowed: true,
        ...(expected === 'grant' && { grantId: 'g' }),
      });
      const decided = decision.statements.at(-1)?.sid;
      expect(expected === 'grant' || expected === 'allowed' ? undefined : decided).toBe(
        expected === 'grant' || expected === 'allowed' ? undefined : expected,
      );
    }
  });
});

describe('condition operators', () => {
  it.each(OPERATOR_ROWS)('%s %j against %j: %s', (operator, policy, request, holds) => {
    const document = (Effect: string) => ({
      Version: '2012-10-17',
      Statement: [
        { Effect, Action: '*', Resource: '*', Condition: { [operator]: { 'test:key': policy } } },
      ],
    });
    const decided = (documents: readonly unknown[]) => {
      const principal = user('alice', documents);
      const members = request === null ? {} : { 'test:key': request };
      const context = requestContext({ ...baseFacts(principal, 'kms:CreateKey'), members });
      const asked = { principal, action: 'kms:CreateKey', resource: '*', context };
      return decideOnIdentity({ ...asked, resourceAccountId: ACCOUNT }).allowed;
    };
    expect(decided([document('Allow')])).toBe(holds === true);
    const anything = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
    expect(decided([anything, document('Deny')])).toBe(holds === false);
  });

  it('are all here', () => {
    const tested = new Set(OPERATOR_ROWS.map(([name]) => name.toLowerCase()));
    expect(Object.keys(OPERATORS).filter((name) => !tested.has(name))).toStrictEqual([]);
  });
});

describe('condition keys', () => {
  it.each(KEY_ROWS)('%s', (name, facts, value) => {
    const context = requestContext({ ...baseFacts(user('alice'), 'kms:Encrypt'), ...facts });
    expect(context.get(name.toLowerCase())).toStrictEqual(value);
  });

  it('are all here', () => {
    const tested = KEY_ROWS.map(([name]) => name.toLowerCase());
    const missing = CONDITION_KEYS.filter(
      (known) => !tested.some((name) => name.startsWith(known)),
    );
    expect(missing).toStrictEqual([]);
  });
});

it('decides at least 300 times', () => {
  const names = Object.values(MATTERS).flatMap((rows) => rows.map(({ name }) => name));
  expect(new Set(names).size).toBe(names.length);
  expect(names.length + OPERATOR_ROWS.length + KEY_ROWS.length).toBeGreaterThanOrEqual(300);
});
