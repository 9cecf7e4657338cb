/** Keys, their policies and tags, and their deletion. */
import { expect } from 'vitest';
import type { OperationRow } from './operation-row.js';
import { POLICY } from './surroundings.js';

/** A time as CloudTrail writes it inside a request or an answer. */
export const DATE = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

const justKeyId = (KeyId: string) => ({ KeyId });
export const Tags = [{ TagKey: 'Colour', TagValue: 'Blue' }];
export const loggedTags = { tags: [{ tagKey: 'Colour', tagValue: 'Blue' }] };

export const keys: readonly OperationRow[] = [
  {
    operation: 'DescribeKey',
    forms: 'any',
    states: 'any',
    input: justKeyId,
    grant: 'every key',
    body: 'members',
    recorded: {},
  },
  {
    operation: 'EnableKey',
    forms: 'key',
    states: 'toggle',
    changes: true,
    input: justKeyId,
    body: 'nothing',
    recorded: {},
  },
  {
    operation: 'DisableKey',
    forms: 'key',
    states: 'toggle',
    changes: true,
    input: justKeyId,
    body: 'nothing',
    recorded: {},
  },
  {
    operation: 'UpdateKeyDescription',
    forms: 'key',
    states: 'edit',
    changes: true,
    input: (KeyId) => ({ KeyId, Description: 'new' }),
    body: 'nothing',
    recorded: { request: () => ({ description: 'new' }) },
  },
  {
    operation: 'ScheduleKeyDeletion',
    forms: 'key',
    states: 'deletion',
    changes: true,
    input: (KeyId) => ({ KeyId, PendingWindowInDays: 7 }),
    body: 'members',
    recorded: {
      request: () => ({ pendingWindowInDays: 7 }),
      response: (_, { key }) => ({
        ...{ keyId: key.arn, keyState: 'PendingDeletion' },
        ...{ deletionDate: DATE, pendingWindowInDays: 7 },
      }),
    },
  },
  {
    operation: 'CancelKeyDeletion',
    forms: 'key',
    states: 'deletion undone',
    changes: true,
    before: ({ call, key }) => call('ScheduleKeyDeletion', { KeyId: key.id }),
    input: justKeyId,
    body: 'members',
    recorded: {},
  },
  {
    operation: 'TagResource',
    forms: 'key',
    states: 'edit',
    changes: true,
    input: (KeyId) => ({ KeyId, Tags }),
    body: 'nothing',
    recorded: { request: () => loggedTags },
  },
  {
    operation: 'UntagResource',
    forms: 'key',
    states: 'edit',
    changes: true,
    input: (KeyId) => ({ KeyId, TagKeys: ['Colour'] }),
    body: 'nothing',
    recorded: { request: () => ({ tagKeys: ['Colour'] }) },
  },
  {
    operation: 'ListResourceTags',
    forms: 'key',
    states: 'any',
    input: justKeyId,
    body: 'members',
    recorded: {},
  },
  {
    operation: 'GetKeyPolicy',
    forms: 'key',
    states: 'any',
    input: (KeyId) => ({ KeyId, PolicyName: 'default' }),
    body: 'members',
    recorded: { request: () => ({ policyName: 'default' }) },
  },
  {
    operation: 'PutKeyPolicy',
    forms: 'key',
    states: 'any',
    changes: true,
    input: (KeyId) => ({ KeyId, Policy: POLICY, BypassPolicyLockoutSafetyCheck: true }),
    body: 'nothing',
    recorded: {
      request: () => ({ policy: POLICY, bypassPolicyLockoutSafetyCheck: true }),
    },
  },
  {
    operation: 'ListKeyPolicies',
    forms: 'key',
    states: 'any',
    input: justKeyId,
    body: 'members',
    recorded: {},
  },
  {
    operation: 'GetKeyLastUsage',
    forms: 'key',
    states: 'any',
    input: justKeyId,
    body: 'members',
    recorded: {},
  },
];
