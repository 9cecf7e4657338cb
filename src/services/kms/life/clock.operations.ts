/** The simulated clock. Strongroom's own. */

import { Type } from 'typebox';
import { Timestamp } from '../../../declare/shape-kinds.js';
import type { SimulatedClock } from '../../../runtime/simulated-clock.js';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';

/** 100 years. */
const MAX_SECONDS = 3_155_760_000;

export const advanceClock = defineOperation({
  name: 'AdvanceClock',
  summary: 'Moves the calendar of keys forward, on a server with a simulated clock.',
  input: Type.Object({ Seconds: Type.Integer({ minimum: 1, maximum: MAX_SECONDS }) }),
  output: Type.Object({ Now: Timestamp }),
  route: { method: 'POST', path: '/clock/advance' },
  restOnly: true,
  access: { keys: [], action: 'kms:AdvanceClock', crossAccount: false, grants: false },
  readOnly: false,
  unhurried: true,
  errors: ['UnsupportedOperationException', 'KMSInternalException'],
  audit: { request: ['Seconds'], response: ['Now'] },
  async run({ input }, { clock }: { readonly clock: SimulatedClock }) {
    if (!clock.simulated) throw refuse.unsupported('This server has no simulated clock.');
    return { Now: new Date(await clock.advance(input.Seconds * 1000)) };
  },
});
