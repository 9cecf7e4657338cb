/** Rotation, by a schedule and on demand. Source: AWS KMS API Reference. */

import { Type } from 'typebox';
import { Timestamp } from '../../../declare/shape-kinds.js';
import type { CalendarClock } from '../../../kernel/time.js';
import type { KeyRepository } from '../keys/key-repository.js';
import { checkState } from '../keys/states.js';
import { onKey } from '../on-key.js';
import { refuse } from '../refusals.js';
import { KeyIdRef, RotationPeriodInDays } from '../shapes.js';
import type { KeyStores } from '../stores/key-stores.js';
import type { StoreLimits } from '../stores/store-limits.js';
import type { RotationPorts } from './rotation.js';
import {
  checkOnDemand,
  DEFAULT_ROTATION_PERIOD_DAYS,
  requireRotatable,
  rotateKey,
  rotationSetting,
} from './rotation.js';

export const enableKeyRotation = onKey('EnableKeyRotation', {
  summary: 'Rotates a symmetric KMS key every 90 to 2560 days.',
  route: 'PUT /keys/{KeyId}/rotation',
  members: { RotationPeriodInDays: Type.Optional(RotationPeriodInDays) },
  state: 'rotationSetting',
  conditions: (input) => ({
    members: { 'kms:rotationperiodindays': input.RotationPeriodInDays?.toString() },
  }),
  errors: ['DisabledException', 'UnsupportedOperationException'],
  async run(
    { input, key },
    {
      keys,
      keyStores,
      customKeyStoreLimits,
      calendar,
    }: {
      readonly keys: KeyRepository;
      readonly keyStores: KeyStores;
      readonly customKeyStoreLimits: StoreLimits;
      readonly calendar: CalendarClock;
    },
  ) {
    requireRotatable(key, 'AUTOMATIC', customKeyStoreLimits);
    const days = input.RotationPeriodInDays ?? DEFAULT_ROTATION_PERIOD_DAYS;
    await keys.changeFamily(key, (family) => {
      const [fresh] = family;
      checkState('rotationSetting', keyStores.stateOf(fresh), fresh.arn);
      requireRotatable(fresh, 'AUTOMATIC', customKeyStoreLimits);
      const setting = rotationSetting(fresh, days, calendar());
      return { put: family.map((member) => ({ ...member, ...setting })) };
    });
    return {};
  },
});

export const disableKeyRotation = onKey('DisableKeyRotation', {
  summary: 'Ends the automatic rotation of a KMS key.',
  route: 'DELETE /keys/{KeyId}/rotation',
  state: 'rotationSetting',
  errors: ['DisabledException', 'UnsupportedOperationException'],
  async run(
    { key },
    {
      keys,
      keyStores,
      customKeyStoreLimits,
    }: {
      readonly keys: KeyRepository;
      readonly keyStores: KeyStores;
      readonly customKeyStoreLimits: StoreLimits;
    },
  ) {
    // What can't rotate by its spec has no rotation to end, and AWS says so by success.
    if (key.keySpec !== 'SYMMETRIC_DEFAULT') return {};
    requireRotatable(key, 'AUTOMATIC', customKeyStoreLimits);
    await keys.changeFamily(key, (family) => {
      const [fresh] = family;
      checkState('rotationSetting', keyStores.stateOf(fresh), fresh.arn);
      requireRotatable(fresh, 'AUTOMATIC', customKeyStoreLimits);
      const off = { rotationPeriodInDays: undefined, nextRotationDate: undefined };
      return { put: family.map((member) => ({ ...member, ...off })) };
    });
    return {};
  },
});

export const getKeyRotationStatus = onKey('GetKeyRotationStatus', {
  summary: 'Says whether and when a KMS key rotates automatically.',
  route: 'GET /keys/{KeyId}/rotation',
  output: Type.Object({
    KeyId: KeyIdRef,
    KeyRotationEnabled: Type.Boolean(),
    RotationPeriodInDays: Type.Optional(RotationPeriodInDays),
    NextRotationDate: Type.Optional(Timestamp),
  }),
  state: 'rotationStatus',
  crossAccount: true,
  readOnly: true,
  errors: ['UnsupportedOperationException'],
  async run({ key }, { customKeyStoreLimits }: { readonly customKeyStoreLimits: StoreLimits }) {
    const inStore = key.customKeyStoreId !== undefined;
    if (inStore && customKeyStoreLimits === 'aws') throw refuse.origin(key.arn, key.origin);
    const { rotationPeriodInDays, nextRotationDate } = key;
    const pending = key.status === 'pending-deletion' || key.status === 'pending-replica-deletion';
    if (pending || rotationPeriodInDays === undefined || !nextRotationDate) {
      return { KeyId: key.arn, KeyRotationEnabled: false };
    }
    return {
      KeyId: key.arn,
      KeyRotationEnabled: true,
      RotationPeriodInDays: rotationPeriodInDays,
      NextRotationDate: nextRotationDate,
    };
  },
});

export const rotateKeyOnDemand = onKey('RotateKeyOnDemand', {
  summary: 'Rotates a symmetric KMS key now, 25 times at most.',
  route: 'POST /keys/{KeyId}/rotate',
  output: Type.Object({ KeyId: KeyIdRef }),
  state: 'rotation',
  errors: [
    'DisabledException',
    'UnsupportedOperationException',
    'LimitExceededException',
    'ConflictException',
  ],
  shown: ['KeyId'],
  async run(
    { key, deadline },
    ports: RotationPorts & { readonly customKeyStoreLimits: StoreLimits },
  ) {
    const { keyStores, customKeyStoreLimits, calendar } = ports;
    await rotateKey(
      key,
      {
        type: 'ON_DEMAND',
        deadline,
        check: (fresh) => {
          const state = keyStores.stateOf(fresh);
          checkState('rotation', state, fresh.arn);
          requireRotatable(fresh, 'ON_DEMAND', customKeyStoreLimits);
          if (state === 'Unavailable') throw refuse.unavailable(fresh.arn);
          checkOnDemand(fresh, calendar());
        },
      },
      ports,
    );
    return { KeyId: key.arn };
  },
});
