import { describe, expect, it } from 'vitest';
import { CONDITION_KEYS, requestContext } from '../../../src/authz/condition-keys.js';
import { decideOnIdentity } from '../../../src/authz/evaluate.js';
import { OPERATORS } from '../../../src/authz/operators.js';
import { ACCOUNT, user } from '../../support/sample-principal.js';
import { KEY_ROWS } from './condition-keys.js';
import { baseFacts, decide } from './decide.js';
import { OPERATOR_ROWS } from './operators.js';
import { MATTERS } from './policies.js';

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
