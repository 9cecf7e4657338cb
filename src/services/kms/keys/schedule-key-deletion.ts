import { Type } from 'typebox';
import { Timestamp } from '../../../declare/shape-kinds.js';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import { KeyIdRef, KeyMetadata, PendingWindowInDays } from '../shapes.js';
import { scheduledDeletion } from './deletion.js';
import { checkState } from './states.js';

const MIN_DAYS = 7;
const MAX_DAYS = 30;

export const scheduleKeyDeletion = defineOperation({
  name: 'ScheduleKeyDeletion',
  summary: 'Sets a date, 7 to 30 days away, at which a KMS key is to be deleted.',
  input: Type.Object({
    KeyId: KeyIdRef,
    PendingWindowInDays: Type.Optional(PendingWindowInDays),
  }),
  output: Type.Object({
    KeyId: KeyIdRef,
    DeletionDate: Type.Optional(Timestamp),
    KeyState: KeyMetadata.properties.KeyState,
    PendingWindowInDays,
  }),
  route: { method: 'POST', path: '/keys/{KeyId}/schedule-deletion' },
  validate: ({ PendingWindowInDays: days = MAX_DAYS }) => {
    if (days < MIN_DAYS || days > MAX_DAYS) {
      throw refuse.validation(
        `The pending window must be between ${MIN_DAYS} and ${MAX_DAYS} days, inclusive.`,
      );
    }
  },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:ScheduleKeyDeletion',
        idForms: 'key',
        member: 'KeyId',
        state: 'scheduleDeletion',
        trailingDays: true,
        conditions: (input) => ({
          members: {
            'kms:schedulekeydeletionpendingwindowindays': input.PendingWindowInDays?.toString(),
          },
        }),
      },
    ],
    crossAccount: false,
    grants: false,
  },
  readOnly: false,
  errors: [
    'NotFoundException',
    'InvalidArnException',
    'DependencyTimeoutException',
    'KMSInternalException',
    'KMSInvalidStateException',
  ],
  audit: {
    request: ['KeyId', 'PendingWindowInDays'],
    response: ['KeyId', 'KeyState', 'DeletionDate', 'PendingWindowInDays'],
  },
  async run({ input, keys: { key } }, { keys, keyStores, now }) {
    const days = input.PendingWindowInDays ?? MAX_DAYS;
    const scheduled = await keys.change(key, (fresh) => {
      checkState('scheduleDeletion', keyStores.stateOf(fresh), fresh.arn);
      return scheduledDeletion(fresh, days, now());
    });
    return {
      KeyId: key.arn,
      ...(scheduled.deletionDate && { DeletionDate: scheduled.deletionDate }),
      KeyState: keyStores.stateOf(scheduled),
      PendingWindowInDays: days,
    };
  },
});
