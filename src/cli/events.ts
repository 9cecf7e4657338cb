import { defineServerCommand, LIMIT, limitOf, listed, more } from './core/server-command.js';
import { table } from './core/table.js';

export const events = defineServerCommand({
  name: 'events',
  summary: "list what happened to the account's keys: rotations, expiries, deletions",
  options: LIMIT,
  examples: [['strongroom events --json', 'as EventBridge has them, the oldest first']],
  async run(server, { limit }, { tell }) {
    const ask = ({ Marker }: { readonly Marker?: string }) =>
      server.kmsRest(
        'GET',
        `/events${Marker === undefined ? '' : `?Marker=${encodeURIComponent(Marker)}`}`,
      );
    const found = await listed(ask, 'Events', limitOf(limit));
    const rows = found.items.map((each) => [
      each.time,
      each['detail-type'],
      each.region,
      each.resources,
    ]);
    const json = { events: found.items, truncated: found.truncated };
    const lines = table(['TIME', 'WHAT', 'REGION', 'OF'], rows, 'There are no events.');
    tell([...lines, ...more(found)], json);
    return undefined;
  },
});
