import { randomUUID } from 'node:crypto';
import type { ChangeFeed } from '../../db/changes.js';
import type { Database } from '../../db/database.js';
import type { RowSeals } from '../../db/row-seals.js';
import type { CalendarClock, WallClock } from '../../kernel/time.js';
import { AliasRepository } from '../../services/kms/aliases/alias-repository.js';
import { EventRepository } from '../../services/kms/events/event-repository.js';
import { GrantRepository } from '../../services/kms/grants/grant-repository.js';
import { KeyAudience } from '../../services/kms/keys/key-audience.js';
import { KeyRepository } from '../../services/kms/keys/key-repository.js';
import { LastUsage } from '../../services/kms/keys/last-usage.js';
import { LastUsageRepository } from '../../services/kms/keys/last-usage-repository.js';
import type { ServerOptions } from '../options.js';

interface Needs extends Pick<ServerOptions, 'config'> {
  readonly database: Database;
  readonly changes: ChangeFeed;
  readonly seals: RowSeals;
  readonly calendar: CalendarClock;
}

/** What keys there are, with their names and grants. */
export function keyRecords({ config, database, changes, seals, calendar }: Needs) {
  const { partition, quotas, regions } = config;
  const { maxCachedKeys } = config.limits;
  return {
    provides: {
      quotas,
      importLimits: config.import,
      regions,
      newId: (): string => randomUUID(),
      keys: new KeyRepository({ database, changes, seals, partition, maxCachedKeys, quotas }),
      keyAudience: new KeyAudience(database),
      grants: new GrantRepository({ database, changes, seals, partition, quotas }),
      aliases: new AliasRepository({
        ...{
          database,
          changes,
          seals,
          partition,
          maxCachedAliases: maxCachedKeys,
          calendar,
          quotas,
        },
      }),
    },
  };
}

/** What happens to keys: their last uses and events. */
export async function keyEvents({
  config,
  log,
  database,
  calendar,
  wallClock,
}: Needs & Pick<ServerOptions, 'log'> & { readonly wallClock: WallClock }) {
  const events = new EventRepository({ database, wallClock });
  await events.subscribe(Object.keys(config.webhooks));
  const lastUsage = new LastUsage({ repository: new LastUsageRepository(database), log, calendar });
  return { provides: { events, lastUsage }, stop: () => lastUsage.stop() };
}
