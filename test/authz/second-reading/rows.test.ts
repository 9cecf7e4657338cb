import { describe, expect, it } from 'vitest';
import { OPERATOR_ROWS } from '../decisions/operators.js';
import { type DecisionRow, MATTERS } from '../decisions/policies.js';
import type { Json } from './asked.js';
import { read } from './reading.js';

const answerOf = ({ expected }: DecisionRow) => {
  if (typeof expected === 'string') return 'allowed';
  return expected.explicit ? 'denied explicitly' : 'not allowed';
};

/** The reading knows nothing of unique ids, and not which documents may be stored. */
const isBeyond = ({ name, action }: DecisionRow) =>
  name.startsWith('ids: ') || action === 'kms:PutKeyPolicy';

describe.each(Object.entries(MATTERS))('the second reading says the same: %s', (_, rows) => {
  it.each(rows.filter((row) => !isBeyond(row)).map((row) => [row.name, row] as const))(
    '%s',
    (__, row) => {
      expect(read(row)).toBe(answerOf(row));
    },
  );
});

describe('the second reading of operators says the same', () => {
  it.each(OPERATOR_ROWS)('%s %j against %j: %s', (operator, policy, request, holds) => {
    const asked = (Effect: string, ...more: readonly Json[]) =>
      read({
        on: 'identity',
        identity: [...more, { Effect, Condition: { [operator]: { 'test:key': policy } } }],
        facts: { members: request === null ? {} : { 'test:key': request } },
      });
    expect(asked('Allow')).toBe(holds === true ? 'allowed' : 'not allowed');
    const denied = asked('Deny', { Effect: 'Allow' });
    expect(denied).toBe(holds === false ? 'allowed' : 'denied explicitly');
  });
});
