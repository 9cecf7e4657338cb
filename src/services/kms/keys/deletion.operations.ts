/** The end of a key. Source: AWS KMS API Reference. */

import { Type } from 'typebox';
import { Timestamp } from '../../../declare/shape-kinds.js';
import type { CalendarClock } from '../../../kernel/time.js';
import { onKey } from '../on-key.js';
import { refuse } from '../refusals.js';
import { KeyIdRef, KeyMetadata, PendingWindowInDays } from '../shapes.js';
import { type ChangePorts, changeKey } from './change-key.js';
import { scheduledDeletion } from './deletion.js';

const MIN_DAYS = 7;
const MAX_DAYS = 30;

export const scheduleKeyDeletion = onKey('ScheduleKeyDeletion', {
  summary: 'Sets a date, 7 to 30 days away, at which a KMS key is to be deleted.',
  route: 'POST /keys/{KeyId}/schedule-deletion',
  members: { PendingWindowInDays: Type.Optional(PendingWindowInDays) },
  output: Type.Object({
    KeyId: KeyIdRef,
    DeletionDate: Type.Optional(Timestamp),
    KeyState: KeyMetadata.properties.KeyState,
    PendingWindowInDays,
  }),
  state: 'scheduleDeletion',
  conditions: (input) => ({
    members: {
      'kms:schedulekeydeletionpendingwindowindays': input.PendingWindowInDays?.toString(),
    },
  }),
  trailingDays: true,
  shown: ['KeyId', 'KeyState', 'DeletionDate', 'PendingWindowInDays'],
  validate: ({ PendingWindowInDays: days = MAX_DAYS }) => {
    if (days < MIN_DAYS || days > MAX_DAYS) {
      throw refuse.validation(
        `The pending window must be between ${MIN_DAYS} and ${MAX_DAYS} days, inclusive.`,
      );
    }
  },
  async run(call, ports: ChangePorts & { readonly calendar: CalendarClock }) {
    const days = call.input.PendingWindowInDays ?? MAX_DAYS;
    const scheduled = await changeKey(call, ports, (fresh) =>
      scheduledDeletion(fresh, days, ports.calendar()),
    );
    return {
      KeyId: call.key.arn,
      ...(scheduled.deletionDate && { DeletionDate: scheduled.deletionDate }),
      KeyState: ports.keyStores.stateOf(scheduled),
      PendingWindowInDays: days,
    };
  },
});

export const cancelKeyDeletion = onKey('CancelKeyDeletion', {
  summary: 'Keeps a KMS key that was to be deleted; it is disabled.',
  route: 'POST /keys/{KeyId}/cancel-deletion',
  output: Type.Object({ KeyId: KeyIdRef }),
  state: 'cancelDeletion',
  shown: ['KeyId'],
  async run(call, ports: ChangePorts) {
    await changeKey(call, ports, () => ({
      status: 'active',
      deletionDate: undefined,
      pendingWindowInDays: undefined,
      enabled: false,
    }));
    return { KeyId: call.key.arn };
  },
});
