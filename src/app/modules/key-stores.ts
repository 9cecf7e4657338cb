import type { TokenConfig } from '../../config/config.js';
import { type ChangeFeed, EVERYTHING } from '../../db/changes.js';
import type { Database } from '../../db/database.js';
import type { Owner } from '../../db/node-identity.js';
import type { RowSeals } from '../../db/row-seals.js';
import type { CalendarClock, Deadline, WallClock } from '../../kernel/time.js';
import type { Invocations } from '../../keystores/invocations/invocations.js';
import type { RootToken } from '../../keystores/root-token/root-token.js';
import { CryptoPool } from '../../keystores/software/crypto-pool.js';
import { KeyPairStock } from '../../keystores/software/key-pair-stock.js';
import { KeyPairs } from '../../keystores/software/key-pairs.js';
import { PublicKeys } from '../../keystores/software/public-keys.js';
import { SoftwareKeyStore } from '../../keystores/software/software-key-store.js';
import { SoftwareMaterials } from '../../keystores/software/software-materials.js';
import { WaitingOrders } from '../../keystores/software/waiting-orders.js';
import { TokenConnection } from '../../keystores/token/token-connection.js';
import { TokenObjectRepository } from '../../keystores/token/token-object-repository.js';
import { WrappingKeyRepository } from '../../keystores/token/wrapping-key-repository.js';
import type { TokenMetrics } from '../../observe/token-metrics.js';
import { OlderTokenKeys } from '../../services/kms/keys/older-token-keys.js';
import { Connections } from '../../services/kms/stores/connections.js';
import { CustomKeyStoreRepository } from '../../services/kms/stores/custom-key-store-repository.js';
import { KeyStores } from '../../services/kms/stores/key-stores.js';
import { awsCloudHsm } from '../../services/kms/stores/kinds/aws-cloudhsm.js';
import { PinTries } from '../../services/kms/stores/pin-tries.js';
import type { StoreKind } from '../../services/kms/stores/store-kind.js';
import type { TokenClient } from '../../token-host/client/client.js';
import type { Token } from '../../token-host/client/token.js';
import { TokenMembers } from '../../token-host/client/token-members.js';
import type { ServerOptions } from '../options.js';

interface Needs extends Pick<ServerOptions, 'config' | 'log' | 'cryptoWorkerEntry'> {
  readonly database: Database;
  readonly changes: ChangeFeed;
  readonly seals: RowSeals;
  readonly rootToken: RootToken;
  readonly invocations: Invocations;
  readonly tokenMetrics: TokenMetrics;
  readonly clientOf: (token: TokenConfig) => TokenClient;
  readonly owner: Owner;
  readonly wallClock: WallClock;
  readonly calendar: CalendarClock;
}

/** Where key material is: this server's own keys, and the custom key stores, which begin to connect. */
export async function keyStores(needs: Needs) {
  const { config, changes, rootToken, calendar, cryptoWorkerEntry } = needs;
  const { maxOpenMaterials } = config.limits;
  const cryptoPool = new CryptoPool({ workerEntry: cryptoWorkerEntry });
  const random = (length: number, deadline: Deadline) => rootToken.random(length, deadline);
  const software = new SoftwareKeyStore({ sealer: rootToken, pool: cryptoPool, maxOpenMaterials });
  changes.on('material', 'opened software material', (place) =>
    software.forget(place === EVERYTHING ? undefined : place),
  );
  const keyPairs = slowKeyPairs(needs, cryptoPool);
  const softwareMaterials = new SoftwareMaterials({
    ...{ sealer: rootToken, random, keyPairs, now: calendar },
  });
  const custom = customKeyStores(needs);
  const { connections } = custom;
  await connections.start();
  return {
    provides: {
      ...custom,
      keyPairs,
      random,
      softwareMaterials,
      sealer: rootToken,
      publicKeys: new PublicKeys({ pool: cryptoPool, maxOpenKeys: maxOpenMaterials }),
      keyStores: new KeyStores({ software, softwareMaterials, connections }),
    },
    stop: async () => {
      await connections.stop();
      keyPairs.close();
      await cryptoPool.close();
    },
  };
}

/** Calls that may wait for each worker: about as many of the smallest as it makes in a request's time. */
const WAITING_PER_WORKER = 128;

function slowKeyPairs(
  { config, log, rootToken, wallClock: now }: Needs,
  pool: CryptoPool,
): KeyPairs {
  const { limits, accounts } = config;
  const onFault = (error: unknown) => log.warn({ err: error }, 'no key pair could be put by');
  return new KeyPairs({
    ...{ pool, now, onFault },
    stock: new KeyPairStock({ sealer: rootToken, perSpec: limits.keyPairStock, now, onFault }),
    orders: new WaitingOrders({
      limit: WAITING_PER_WORKER * pool.pairWorkers,
      shared: accounts.length > 0,
      now,
    }),
  });
}

function customKeyStores(needs: Needs) {
  const { config, log, database, changes, seals, rootToken, clientOf, owner, wallClock } = needs;
  const { invocations, tokenMetrics: metrics } = needs;
  const clusters = new Map(
    config.tokens
      .filter(({ id, memberOf }) => id !== 'root' && memberOf === undefined)
      .map((token) => [token.id, token]),
  );
  const tokenOf = (first: TokenConfig): Token => {
    const copies = config.tokens.filter(({ memberOf }) => memberOf === first.id);
    if (copies.length === 0) return clientOf(first);
    const members = [first, ...copies].map((each) => ({ id: each.id, client: clientOf(each) }));
    return new TokenMembers({ members, log, now: wallClock });
  };
  const objects = new TokenObjectRepository({ database, seals, owner, now: wallClock });
  const wrappingKeys = new WrappingKeyRepository({ database, seals, now: wallClock });
  const kinds: readonly StoreKind[] = [
    awsCloudHsm(clusters, (token) => {
      const client = tokenOf(token);
      return new TokenConnection({
        ...{ tokenId: token.id, client, objects, wrappingKeys, log, now: wallClock },
        ...{ invocations, metrics, residency: token.residency },
      });
    }),
  ];
  const storeKinds = new Map(kinds.map((kind) => [kind.type, kind]));
  const stores = new CustomKeyStoreRepository({ database, changes, seals, quotas: config.quotas });
  const older = new OlderTokenKeys({ database, changes, seals, log, wallClock });
  const connections = new Connections({
    stores,
    sealer: rootToken,
    pinTries: new PinTries({ database, owner, wallClock }),
    connectionTo: (store) => storeKinds.get(store.type)?.connectionTo(store),
    onConnected: (id, { materials }) => older.settle(id, materials),
    log,
    wallClock,
    random: Math.random,
  });
  changes.on('custom-key-store', 'connections to custom key stores', (id) =>
    connections.refresh(id),
  );
  return {
    storeKinds,
    customKeyStores: stores,
    connections,
    customKeyStoreLimits: config.customKeyStores.limits,
  };
}
