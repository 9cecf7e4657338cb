import type { Config } from '../../config/config.js';
import type { Sealer } from '../../kernel/sealing.js';
import type { Deadline } from '../../kernel/time.js';

import type { CryptoPool } from '../../keystores/software/crypto-pool.js';
import type { PublicKeys } from '../../keystores/software/public-keys.js';
import type { Log } from '../../observe/log.js';
import type { SimulatedClock } from '../../runtime/simulated-clock.js';
import type { Principals } from '../iam/directory/principals.js';
import type { AliasRepository } from './aliases/alias-repository.js';
import type { EventRepository } from './events/event-repository.js';
import type { GrantRepository } from './grants/grant-repository.js';
import type { KeyRepository } from './keys/key-repository.js';
import type { LastUsage } from './keys/last-usage.js';
import type { Quotas } from './keys/quotas.js';
import type { Peers } from './peers/peers.js';
import type { Connections } from './stores/connections.js';
import type { CustomKeyStoreRepository } from './stores/custom-key-store-repository.js';
import type { KeyStores } from './stores/key-stores.js';

/** Everything an operation may use, put together by wiring.ts. */
export interface Services {
  readonly keys: KeyRepository;
  readonly grants: GrantRepository;
  /** Who the names in key policies and grants are. */
  readonly principals: Principals;
  readonly aliases: AliasRepository;
  readonly customKeyStores: CustomKeyStoreRepository;
  readonly connections: Connections;
  readonly keyStores: KeyStores;
  /** What needs no secret: verifying, encrypting under a public key. */
  readonly publicKeys: PublicKeys;
  /** CPU-bound work off the event loop. */
  readonly cryptoPool: CryptoPool;
  /** `aws`: custom key stores take what AWS's take; `extended`: whatever the token can do. */
  readonly customKeyStoreLimits: Config['customKeyStores']['limits'];
  /** Of this server, the default first. */
  readonly regions: readonly string[];
  /** Servers of other Regions. */
  readonly peers: Peers;
  readonly lastUsage: LastUsage;
  readonly events: EventRepository;
  readonly clock: SimulatedClock;
  readonly quotas: Quotas;
  readonly log: Log;
  readonly sealer: Sealer;
  /** 1–1,024 octets from the root token's generator. */
  readonly random: (length: number, deadline: Deadline) => Promise<Buffer>;
  /** The calendar of keys' lives in epoch milliseconds; deadlines have real time. */
  readonly now: () => number;
  /** A random UUID, lower case. */
  readonly newId: () => string;
  /** The configured tokens that may stand behind a custom key store, by CloudHsmClusterId. */
  readonly clusters: ReadonlyMap<string, Config['tokens'][number]>;
}
