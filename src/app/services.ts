import { randomUUID } from 'node:crypto';
import type { Config, TokenConfig } from '../config/config.js';
import { type ChangeFeed, EVERYTHING } from '../db/changes.js';
import type { Database } from '../db/database.js';
import type { nodeIdentity } from '../db/node-identity.js';
import type { RootToken } from '../keystores/root-token/root-token.js';
import { CryptoPool } from '../keystores/software/crypto-pool.js';
import { PublicKeys } from '../keystores/software/public-keys.js';
import { SoftwareKeyStore } from '../keystores/software/software-key-store.js';
import { SoftwareMaterials } from '../keystores/software/software-materials.js';
import { TokenConnection } from '../keystores/token/token-connection.js';
import { TokenObjectRepository } from '../keystores/token/token-object-repository.js';
import type { Log } from '../observe/log.js';
import type { Calendar } from '../runtime/calendar.js';
import { SimulatedClock } from '../runtime/simulated-clock.js';
import type { Principals } from '../services/iam/directory/principals.js';
import { AliasRepository } from '../services/kms/aliases/alias-repository.js';
import { EventRepository } from '../services/kms/events/event-repository.js';
import { GrantRepository } from '../services/kms/grants/grant-repository.js';
import { DueKeys } from '../services/kms/keys/due-keys.js';
import { KeyRepository } from '../services/kms/keys/key-repository.js';
import { LastUsage } from '../services/kms/keys/last-usage.js';
import { LastUsageRepository } from '../services/kms/keys/last-usage-repository.js';
import { nextKeyDate } from '../services/kms/life/key-life.js';
import type { Peers } from '../services/kms/peers/peers.js';
import type { Services } from '../services/kms/services.js';
import { Connections } from '../services/kms/stores/connections.js';
import { CustomKeyStoreRepository } from '../services/kms/stores/custom-key-store-repository.js';
import { KeyStores } from '../services/kms/stores/key-stores.js';
import type { TokenClient } from '../token-host/client/client.js';

export interface ServiceParts {
  readonly peers: Peers;
  readonly calendar: Calendar;
  /** Does all that is due on keys now. */
  readonly runJobs: () => Promise<void>;
  readonly config: Config;
  readonly log: Log;
  readonly database: Database;
  readonly changes: ChangeFeed;
  readonly principals: Principals;
  readonly rootToken: RootToken;
  readonly clientOf: (token: TokenConfig) => TokenClient;
  readonly owner: Awaited<ReturnType<typeof nodeIdentity>>;
  readonly now: () => number;
  readonly cryptoWorkerEntry: string;
  readonly undo: (() => Promise<unknown>)[];
}

export function buildServices(parts: ServiceParts): Services {
  const { config, log, database, changes, rootToken, clientOf, owner, now: wallClock } = parts;
  const now = () => parts.calendar.now();
  const { maxCachedKeys, maxOpenMaterials } = config.limits;
  const { quotas } = config;
  const clusters = new Map(
    config.tokens.filter(({ id }) => id !== 'root').map((token) => [token.id, token]),
  );
  const objects = new TokenObjectRepository({ database, owner, now: wallClock });
  const customKeyStores = new CustomKeyStoreRepository({ database, changes, quotas });
  const connections = new Connections({
    stores: customKeyStores,
    sealer: rootToken,
    connectionTo: (clusterId) => {
      const token = clusters.get(clusterId);
      return (
        token &&
        new TokenConnection({
          tokenId: token.id,
          client: clientOf(token),
          objects,
          log,
          now: wallClock,
        })
      );
    },
    log,
    now: wallClock,
  });
  changes.on('custom-key-store', (id) => connections.refresh(id));
  const pool = new CryptoPool({ workerEntry: parts.cryptoWorkerEntry });
  parts.undo.push(() => pool.close());
  const random = (length: number, deadline: number) => rootToken.random(length, deadline);
  const software = new SoftwareKeyStore({ sealer: rootToken, pool, maxOpenMaterials });
  changes.on('material', (place) => software.forget(place === EVERYTHING ? undefined : place));
  const { partition } = config;
  const keys = new KeyRepository({ database, changes, partition, maxCachedKeys, quotas });
  return {
    keys,
    lastUsage: new LastUsage({ repository: new LastUsageRepository(database), log, now }),
    events: new EventRepository({ database, wallClock }),
    clock: new SimulatedClock({
      calendar: parts.calendar,
      nextDate: () => nextKeyDate(new DueKeys(database)),
      runJobs: parts.runJobs,
    }),
    regions: config.regions,
    peers: parts.peers,
    grants: new GrantRepository({ database, changes, quotas }),
    principals: parts.principals,
    aliases: new AliasRepository({
      database,
      changes,
      maxCachedAliases: maxCachedKeys,
      now,
      quotas,
    }),
    customKeyStores,
    connections,
    keyStores: new KeyStores({
      software,
      softwareMaterials: new SoftwareMaterials({ sealer: rootToken, random, pool, now }),
      connections,
    }),
    publicKeys: new PublicKeys({ pool, maxOpenKeys: maxOpenMaterials }),
    cryptoPool: pool,
    customKeyStoreLimits: config.customKeyStores.limits,
    quotas,
    log,
    sealer: rootToken,
    random,
    now,
    newId: () => randomUUID(),
    clusters,
  };
}
