import type { Database } from '../../db/database.js';
import type { CalendarClock } from '../../kernel/time.js';
import type { Log } from '../../observe/log.js';
import type { Metrics, Sample } from '../../observe/metrics.js';
import { SlowFigures } from '../../observe/slow-figures.js';
import type { EventRepository } from '../../services/kms/events/event-repository.js';
import { DueKeys } from '../../services/kms/keys/due-keys.js';
import { MOST_COUNTED, readKeyFigures } from '../../services/kms/keys/key-figures.js';
import type { PeerRepository } from '../../services/kms/peers/peer-repository.js';
import type { Connections } from '../../services/kms/stores/connections.js';
import type { CustomKeyStoreRepository } from '../../services/kms/stores/custom-key-store-repository.js';
import type { ServerOptions } from '../options.js';

interface Needs extends Pick<ServerOptions, 'config'> {
  readonly metrics: Metrics;
  readonly database: Database;
  readonly calendar: CalendarClock;
  readonly events: EventRepository;
  readonly peerRepository: PeerRepository;
  readonly customKeyStores: CustomKeyStoreRepository;
  readonly connections: Connections;
  readonly log: Log;
}

const CONNECTION_STATES = [
  'CONNECTED',
  'CONNECTING',
  'FAILED',
  'DISCONNECTED',
  'DISCONNECTING',
] as const;

/** Metrics that take a read of the database. */
export function figures(needs: Needs) {
  const { metrics, connections, log } = needs;
  const slow = new SlowFigures({ read: () => readAll(needs), log });
  type Read = Awaited<ReturnType<typeof readAll>>;
  const shown =
    <Shown>(show: (read: Read) => Shown[]) =>
    async (): Promise<Shown[]> => {
      const read = await slow.get();
      return read ? show(read) : [];
    };
  metrics.show(
    'strongroom_keys',
    shown(({ keys }): Sample<'strongroom_keys'>[] => [[{}, keys.keys]]),
  );
  metrics.show(
    'strongroom_keys_due',
    shown(({ keys }) =>
      keys.due.map(({ kind, within, count }) => [{ kind, within }, count] as const),
    ),
  );
  metrics.show(
    'strongroom_key_store_state',
    shown(({ stores }) =>
      stores.flatMap((store) => {
        const present = connections.state(store);
        return CONNECTION_STATES.map(
          (state) => [{ store: store.customKeyStoreId, state }, Number(state === present)] as const,
        );
      }),
    ),
  );
  metrics.show(
    'strongroom_webhook_events_waiting',
    shown(({ webhooks }) => webhooks.map(([webhook, count]) => [{ webhook }, count] as const)),
  );
  metrics.show(
    'strongroom_peer_notices_waiting',
    shown(({ peers }) => peers.map(([region, count]) => [{ region }, count] as const)),
  );
  metrics.show('strongroom_database_figures_age_seconds', async () => {
    // Of what this very look at the metrics shows.
    await slow.get();
    const age = slow.ageMs;
    return age === undefined ? [] : [[{}, age / 1000] as const];
  });
  return { provides: {}, stop: () => slow.stop() };
}

async function readAll({ config, database, calendar, ...needs }: Needs) {
  const { events, peerRepository, customKeyStores } = needs;
  const webhooks: [string, number][] = [];
  for (const webhook of Object.keys(config.webhooks)) {
    webhooks.push([webhook, await events.waiting(webhook, MOST_COUNTED)]);
  }
  const peers: [string, number][] = [];
  for (const region of Object.keys(config.peers)) {
    peers.push([region, await peerRepository.waiting(region, MOST_COUNTED)]);
  }
  return {
    keys: await readKeyFigures(database, new DueKeys(database), calendar),
    stores: await customKeyStores.all(),
    webhooks,
    peers,
  };
}
