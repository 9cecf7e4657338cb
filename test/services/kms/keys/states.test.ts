import { describe, expect, it } from 'vitest';
import { checkState, reportedState } from '../../../../src/services/kms/keys/states.js';
import { operations } from '../../../support/kms-operations.js';
import { KEY_STATES, outcomeIn, REFUSALS } from '../../../support/operations/key-states.js';
import { keyRows } from '../../../support/operations/operation-rows.js';
import { sampleKey } from '../../../support/sample-key.js';

const ARN = sampleKey().arn;

const cells = keyRows.flatMap((row) =>
  KEY_STATES.map((state) => ({
    ...{ title: row.title, state, outcome: outcomeIn(row.states, state) },
    rule: operations.get(row.operation)?.access.keys[row.second ? 1 : 0]?.state,
  })),
);

describe('what operations declare of states', () => {
  it.each(cells)('$title of a key that is $state: $outcome', ({ rule, state, outcome }) => {
    if (rule === undefined) throw new Error('no rule is declared');
    const check = () => checkState(rule, state, ARN);
    if (outcome === 'ok') return expect(check).not.toThrow();
    const { name: code, message } = REFUSALS[outcome](ARN);
    return expect(check).toThrow(expect.objectContaining({ code, message }));
  });
});

describe('the reported state', () => {
  it.each([
    { status: 'active', enabled: true, reachable: true, state: 'Enabled' },
    { status: 'active', enabled: false, reachable: true, state: 'Disabled' },
    { status: 'active', enabled: true, reachable: false, state: 'Unavailable' },
    { status: 'active', enabled: false, reachable: false, state: 'Unavailable' },
    { status: 'pending-deletion', enabled: true, reachable: true, state: 'PendingDeletion' },
    {
      status: 'pending-replica-deletion',
      enabled: true,
      reachable: true,
      state: 'PendingReplicaDeletion',
    },
    { status: 'creating', enabled: true, reachable: true, state: 'Creating' },
    { status: 'updating', enabled: true, reachable: true, state: 'Updating' },
    { status: 'pending-deletion', enabled: false, reachable: false, state: 'PendingDeletion' },
  ] as const)(
    '$status, enabled $enabled, reachable $reachable: $state',
    ({ state, reachable, ...stored }) => {
      expect(reportedState(sampleKey(stored), reachable)).toBe(state);
    },
  );
});
