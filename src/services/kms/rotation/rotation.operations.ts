/** Rotation, by a schedule and on demand. Source: AWS KMS API Reference. */

import { Type } from 'typebox';
import { Timestamp } from '../../../declare/shape-kinds.js';
import type { CalendarClock } from '../../../kernel/time.js';
import { type ChangePorts, changeRelated } from '../keys/change-key.js';
import { findCurrentMaterial, type Key } from '../keys/key.js';
import { checkState } from '../keys/states.js';
import { onKey } from '../on-key.js';
import { refuse } from '../refusals.js';
import { KeyIdRef, RotationPeriodInDays } from '../shapes.js';
import type { StoreLimits } from '../stores/store-limits.js';
import { type RotationPorts, rotateKey } from './rotation.js';
import {
  checkOnDemand,
  DEFAULT_ROTATION_PERIOD_DAYS,
  requireOwnStore,
  requireRotatable,
  rotationSetting,
} from './rotation-rules.js';

interface LimitPorts {
  readonly customKeyStoreLimits: StoreLimits;
}

type SettingPorts = ChangePorts & LimitPorts;

export const enableKeyRotation = onKey('EnableKeyRotation', {
  summary: 'Rotates a symmetric KMS key every 90 to 2560 days.',
  route: 'PUT /keys/{KeyId}/rotation',
  members: { RotationPeriodInDays: Type.Optional(RotationPeriodInDays) },
  state: 'rotationSetting',
  conditions: (input) => ({
    members: {
      'kms:rotationperiodindays': String(
        input.RotationPeriodInDays ?? DEFAULT_ROTATION_PERIOD_DAYS,
      ),
    },
  }),
  errors: ['DisabledException', 'UnsupportedOperationException'],
  async run(call, ports: SettingPorts & { readonly calendar: CalendarClock }) {
    const { customKeyStoreLimits: limits, calendar } = ports;
    requireRotatable(call.key, 'EnableKeyRotation', limits);
    const { RotationPeriodInDays: days } = call.input;
    await changeRelated(call, ports, (related) => {
      requireRotatable(related[0], 'EnableKeyRotation', limits);
      const setting = rotationSetting(related[0], days, calendar());
      return { put: related.map((member) => ({ ...member, ...setting })) };
    });
    return {};
  },
});

export const disableKeyRotation = onKey('DisableKeyRotation', {
  summary: 'Ends the automatic rotation of a KMS key.',
  route: 'DELETE /keys/{KeyId}/rotation',
  state: 'rotationSetting',
  errors: ['DisabledException', 'UnsupportedOperationException'],
  async run(call, ports: SettingPorts) {
    // What can't rotate by its spec has no rotation to end, and AWS says so by success.
    if (call.key.keySpec !== 'SYMMETRIC_DEFAULT') return {};
    const { customKeyStoreLimits: limits } = ports;
    requireRotatable(call.key, 'DisableKeyRotation', limits);
    await changeRelated(call, ports, (related) => {
      requireRotatable(related[0], 'DisableKeyRotation', limits);
      const off = { rotationPeriodInDays: undefined, nextRotationDate: undefined };
      return { put: related.map((member) => ({ ...member, ...off })) };
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
  state: 'any',
  crossAccount: true,
  readOnly: true,
  errors: ['KMSInvalidStateException', 'UnsupportedOperationException'],
  async run({ key }, { customKeyStoreLimits }: LimitPorts) {
    requireOwnStore(key, customKeyStoreLimits);
    const { rotationPeriodInDays, nextRotationDate } = key;
    // A primary that awaits its replicas' deletion goes on telling, and a new AWS managed key has
    // nothing to tell yet: recorded-kms.md, "Rotation" and "Multi-Region".
    const silent = key.status === 'pending-deletion' || isNewManagedKey(key);
    if (silent || rotationPeriodInDays === undefined || !nextRotationDate) {
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

function isNewManagedKey(key: Key): boolean {
  return key.manager === 'AWS' && !findCurrentMaterial(key)?.rotation;
}

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
  async run({ key, rule, deadline }, ports: RotationPorts & LimitPorts) {
    const { keyStores, customKeyStoreLimits, calendar } = ports;
    const check = (fresh: Key) => {
      const state = keyStores.stateOf(fresh);
      checkState(rule, state, fresh.arn);
      requireRotatable(fresh, 'RotateKeyOnDemand', customKeyStoreLimits);
      if (state === 'Unavailable') throw refuse.unavailable(fresh.arn);
      checkOnDemand(fresh, calendar());
    };
    await rotateKey(key, { type: 'ON_DEMAND', deadline, check }, ports);
    return { KeyId: key.arn };
  },
});
