/** What happened to keys. Strongroom's own. */

import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { readPage } from '../paging.js';
import { Limit, Marker, pageMembers } from '../shapes.js';
import { eventBridgeEvent } from './event-bridge.js';
import type { EventRepository } from './event-repository.js';

const DEFAULT_LIMIT = 100;

export const listEvents = defineOperation({
  name: 'ListEvents',
  summary: "Lists the events of the account's keys in this Region, as EventBridge has them.",
  input: Type.Object({ Limit: Type.Optional(Limit), Marker: Type.Optional(Marker) }),
  output: Type.Object({
    Events: Type.Array(Type.Unsafe<object>({ type: 'object' })),
    ...pageMembers,
  }),
  route: { method: 'GET', path: '/events' },
  restOnly: true,
  access: { keys: [], action: 'kms:ListEvents', crossAccount: false, grants: false },
  readOnly: true,
  errors: ['InvalidMarkerException', 'KMSInternalException'],
  audit: { request: ['Limit', 'Marker'], response: null },
  async run({ input, scope }, { events }: { readonly events: EventRepository }) {
    const { items, ...page } = await readPage(
      input,
      DEFAULT_LIMIT,
      (after, limit) => events.list(scope.accountId, scope.region, Number(after || 0), limit),
      ({ seq }) => String(seq),
    );
    return { Events: items.flatMap((event) => eventBridgeEvent(event) ?? []), ...page };
  },
});
