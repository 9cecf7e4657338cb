/** Whether a key may be used, and what it is called in words. */
import type { Log } from '../../../observe/log.js';
import { onKey } from '../on-key.js';
import type { RotationPorts } from '../rotation/rotation.js';
import { rotateIfDue } from '../rotation/rotation.js';
import { Description } from '../shapes.js';
import { type ChangePorts, changeKey } from './change-key.js';

export const enableKey = onKey('EnableKey', {
  summary: 'Lets a KMS key be used again.',
  route: 'POST /keys/{KeyId}/enable',
  state: 'toggle',
  errors: ['LimitExceededException'],
  async run(call, ports: RotationPorts & { readonly log: Log }) {
    const enabled = await changeKey(call, ports, () => ({ enabled: true }));
    // The key is enabled whatever comes of it: the rotation job tries again what fails here.
    await rotateIfDue(enabled, call.deadline, ports);
    return {};
  },
});

export const disableKey = onKey('DisableKey', {
  summary: 'Stops the use of a KMS key until it is enabled again.',
  route: 'POST /keys/{KeyId}/disable',
  state: 'toggle',
  trailingDays: true,
  async run(call, ports: ChangePorts) {
    await changeKey(call, ports, () => ({ enabled: false }));
    return {};
  },
});

export const updateKeyDescription = onKey('UpdateKeyDescription', {
  summary: 'Replaces the description of a KMS key.',
  route: 'PATCH /keys/{KeyId}',
  members: { Description },
  state: 'edit',
  async run(call, ports: ChangePorts) {
    await changeKey(call, ports, () => ({ description: call.input.Description }));
    return {};
  },
});
