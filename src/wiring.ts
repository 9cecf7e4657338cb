/** The composition root: builds everything from the configuration, in the order of a start. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditTrail } from './audit/trail.js';
import { AccessKeys } from './authn/access-keys.js';
import { credentialsFile, ensureFirstCredentials } from './authn/first-credentials.js';
import { openSessionKey } from './authn/session-key.js';
import { SessionTokens } from './authn/session-token.js';
import { SigV4Verifier } from './authn/sigv4/verifier.js';
import type { Config, TokenConfig } from './config/config.js';
import { PendingKeyUses } from './events/pending-use.js';
import { Webhook } from './events/webhook.js';
import { HttpServer } from './http/server.js';
import { MfaCodes } from './iam/mfa/mfa-codes.js';
import { OidcTokens } from './iam/oidc/oidc-tokens.js';
import { Principals } from './iam/principals.js';
import { Calendar } from './jobs/calendar.js';
import { deliveryJob, pruningJob, recordingJob } from './jobs/events.js';
import { keyLifeJobs, nextKeyDate } from './jobs/key-life.js';
import { peerNewsJob } from './jobs/peer-news.js';
import { Scheduler } from './jobs/scheduler.js';
import { SimulatedClock } from './jobs/simulated-clock.js';
import { LastUsage } from './keys/last-usage.js';
import { Connections } from './keystores/connections.js';
import { KeyStores } from './keystores/key-stores.js';
import { RootToken, WrongRootTokenError } from './keystores/root-token.js';
import { logInToRootToken } from './keystores/root-token-start.js';
import { CryptoPool } from './keystores/software/crypto-pool.js';
import { PublicKeys } from './keystores/software/public-keys.js';
import { SoftwareKeyStore } from './keystores/software/software-key-store.js';
import { SoftwareMaterials } from './keystores/software/software-materials.js';
import { TokenConnection } from './keystores/token/token-connection.js';
import type { Log } from './observe/log.js';
import { Metrics } from './observe/metrics.js';
import type { Services } from './operations/services.js';
import { openPeerIdentity } from './peers/identity.js';
import { Messages } from './peers/messages.js';
import { PeerClient } from './peers/peer-client.js';
import { readPeers } from './peers/peer-config.js';
import { PeerServer } from './peers/peer-server.js';
import { Peers } from './peers/peers.js';
import { TransportKey } from './peers/transport-key.js';
import { AccessKeyRepository } from './persistence/access-key-repository.js';
import { AccountRepository } from './persistence/account-repository.js';
import { AliasRepository } from './persistence/alias-repository.js';
import { ChangeFeed } from './persistence/changes.js';
import { CustomKeyStoreRepository } from './persistence/custom-key-store-repository.js';
import { type Database, migrate, openDatabase } from './persistence/database.js';
import { EventRepository } from './persistence/event-repository.js';
import { ExclusiveLock, LockedError } from './persistence/exclusive-lock.js';
import { GrantRepository } from './persistence/grant-repository.js';
import { IamRepository } from './persistence/iam-repository.js';
import { KeyRepository } from './persistence/key-repository.js';
import { LastUsageRepository } from './persistence/last-usage-repository.js';
import { LeaseRepository } from './persistence/lease-repository.js';
import { nodeIdentity } from './persistence/node-identity.js';
import { PeerRepository } from './persistence/peer-repository.js';
import { RootKeyRepository } from './persistence/root-key-repository.js';
import { SessionKeyRepository } from './persistence/session-key-repository.js';
import { type Owner, TokenObjectRepository } from './persistence/token-object-repository.js';
import { Pipeline } from './pipeline/pipeline.js';
import { QueryPipeline } from './pipeline/query-pipeline.js';
import { Throttle } from './pipeline/throttle.js';
import { StartError } from './start-error.js';
import { TokenClient } from './token-host/client.js';

export interface ServerOptions {
  readonly config: Config;
  readonly log: Log;
  /** Path of the compiled token host. */
  readonly tokenHostEntry: string;
  /** Path of the compiled worker of the crypto pool. */
  readonly cryptoWorkerEntry: string;
}

export interface RunningServer {
  readonly endpoint: string;
  readonly credentialsFile: string;
  /** Answers what is in work, logs out of every token, closes everything. */
  readonly stop: () => Promise<void>;
}

/** How often what is due is looked for, and events to deliver. */
const JOB_INTERVAL_MS = 5000;
const DELIVERY_INTERVAL_MS = 1000;

const PEER_TIMEOUT_MS = 60_000;

/** Where AWS's global services sign: IAM, and STS's old endpoint. */
const GLOBAL_REGION = 'us-east-1';

/** A socket's whole path may have 107 octets, of which its name takes 30. */
const MAX_SOCKET_DIR_BYTES = 76;

/**
 * Starts a server. What was begun is undone, last first, when a later step fails.
 * @throws StartError with one line for the operator.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return { ...(await start(options, undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  { config, log, tokenHostEntry, cryptoWorkerEntry }: ServerOptions,
  undo: (() => Promise<unknown>)[],
): Promise<Omit<RunningServer, 'stop'>> {
  // Real time; what happens to keys by date goes by the calendar.
  const now = () => Date.now();
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const lock = await lockDataDir(config.dataDir);
  undo.push(() => lock.release());
  const owner = await nodeIdentity(config.dataDir);

  const socketDir = await makeSocketDir(config.dataDir);
  undo.push(() => rm(socketDir, { recursive: true, force: true }));
  const clientOf = (settings: TokenConfig) =>
    new TokenClient({ settings, entry: tokenHostEntry, socketDir, log });

  // The root token comes first: until it has proved to be this database's, nothing is changed.
  const rootConfig = requireRoot(config);
  const rootClient = clientOf(rootConfig);
  undo.push(() => rootClient.stop());
  const info = await logInToRootToken(rootClient, rootConfig, config.dataDir);
  const database = await openDatabase({ url: config.databaseUrl.reveal() });
  undo.push(() => database.destroy());
  const rootToken = new RootToken({
    client: rootClient,
    info,
    bindings: new RootKeyRepository({ database, now }),
    now,
  });
  await verifyRootToken(rootToken);
  await migrate(database);
  await rootToken.ensureRootKey();

  const changes = new ChangeFeed({ database, now, log });
  const accounts: ReadonlySet<string> = new Set([config.accountId, ...config.accounts]);
  const directory = new IamRepository({ database, changes });
  const principals = new Principals({
    directory,
    partition: config.partition,
    accounts,
    ownAccountId: config.accountId,
  });
  changes.on('iam', () => principals.forget());
  const sessionKeys = new SessionKeyRepository({ database, now });
  const sessionTokens = new SessionTokens({
    key: await openSessionKey(sessionKeys, rootToken, now),
    randomBytes,
  });
  const accessKeyRepository = new AccessKeyRepository({ database, changes });
  const accessKeys = new AccessKeys({
    repository: accessKeyRepository,
    sealer: rootToken,
    principals,
    sessionTokens,
    changes,
    services: new Set(config.services.map(({ principal }) => principal)),
    now,
    log,
  });
  await ensureFirstCredentials({
    config,
    accessKeys,
    repository: accessKeyRepository,
    accounts: new AccountRepository({ database, now }),
  });
  undo.push(() => accessKeys.flush());

  const calendar = new Calendar({
    database,
    changes,
    wallClock: now,
    simulated: config.clock === 'simulated',
  });
  await loadCalendar(calendar);
  changes.on('calendar', () => void calendar.load());
  const peerRepository = new PeerRepository(database);
  const peers = readPeers(config.peers);
  const peerIdentity = await openPeerIdentity(peerRepository, rootToken, now() + PEER_TIMEOUT_MS);
  const messages = new Messages({ identity: peerIdentity, wallClock: now });
  const services = buildServices({
    peers: new Peers({
      peers,
      client: new PeerClient({ messages, wallClock: now }),
      sealer: rootToken,
    }),
    calendar,
    runJobs: () => keyLife.runNow(),
    config,
    cryptoWorkerEntry,
    undo,
    log,
    database,
    changes,
    principals,
    rootToken,
    clientOf,
    owner,
    now,
  });
  await changes.start();
  undo.push(() => changes.stop());
  await services.connections.start();
  undo.push(() => services.connections.stop());

  const trail = await AuditTrail.open({ ...config.audit, now, log });
  undo.push(() => trail.close());
  const throttle = new Throttle(config.limits.maxInFlight);
  const ready = () => rootToken.usable;
  const metrics = new Metrics({ inFlight: () => throttle.inFlight, ready });
  const verifierOf = (service: string, regions: readonly string[]) =>
    new SigV4Verifier({
      service,
      regions,
      findAccessKey: (accessKeyId, sessionToken) => accessKeys.find(accessKeyId, sessionToken),
      onVerified: (accessKeyId, region) => accessKeys.touch(accessKeyId, region, service),
      now,
    });
  services.lastUsage.start();
  undo.push(() => services.lastUsage.stop());
  const jobs = makeJobs({ services, trail, database, peerRepository, owner, config, log, now });
  const { keyLife } = jobs;
  await services.events.enrol(Object.keys(config.webhooks));
  for (const scheduler of jobs.all) undo.push(() => scheduler.stop());

  const trailIdentity = {
    accountId: config.accountId,
    region: config.regions[0] ?? '',
    partition: config.partition,
    newId: services.newId,
  };
  const pipeline = new Pipeline({
    services,
    verifier: verifierOf('kms', config.regions),
    trail,
    trailIdentity,
    throttle,
    metrics,
    pendingKeyUses: new PendingKeyUses({ events: services.events, log, newId: services.newId }),
    wallClock: now,
    partition: config.partition,
    requestTimeoutMs: config.limits.requestTimeoutMs,
    log,
  });
  const globalRegions = [...new Set([...config.regions, GLOBAL_REGION])];
  const queryPipeline = new QueryPipeline({
    services: {
      directory,
      principals,
      accessKeys,
      sessionTokens,
      oidcTokens: new OidcTokens({ now }),
      mfaCodes: new MfaCodes({ directory, sealer: rootToken, now }),
      services: new Map(config.services.map((service) => [service.principal, service])),
      partition: config.partition,
      now,
      randomBytes,
    },
    verifiers: {
      iam: verifierOf('iam', globalRegions),
      sts: verifierOf('sts', globalRegions),
    },
    trail,
    trailIdentity,
    throttle,
    metrics,
    requestTimeoutMs: config.limits.requestTimeoutMs,
    log,
  });
  const peerServer = new PeerServer({
    peers,
    messages,
    transportKey: new TransportKey({ client: rootClient, repository: peerRepository }),
    services,
    accounts,
    partition: config.partition,
    wallClock: now,
    log,
  });
  const http = new HttpServer({
    config,
    pipeline,
    queryPipeline,
    peerServer,
    peerPublicKey: peerIdentity.publicKeyText,
    log,
    metrics,
    ready,
  });
  undo.push(() => http.close());
  const endpoint = await http.listen().catch((error: NodeJS.ErrnoException) => {
    throw new StartError(`can't listen on ${config.host}:${config.port} (${error.code})`);
  });
  for (const scheduler of jobs.all) scheduler.start();
  return { endpoint, credentialsFile: credentialsFile(config) };
}

interface JobParts {
  readonly services: Services;
  readonly trail: AuditTrail;
  readonly database: Database;
  readonly peerRepository: PeerRepository;
  readonly owner: Owner;
  readonly config: Config;
  readonly log: Log;
  readonly now: () => number;
}

/** What runs by itself: the lives of keys, and each webhook apart, so that a slow one holds up nobody. */
function makeJobs(parts: JobParts) {
  const { services, trail, database, peerRepository, owner, config, log, now } = parts;
  const leases = new LeaseRepository({ database, holder: owner.nodeId, wallClock: now });
  const { events, connections } = services;
  const webhooks = Object.entries(config.webhooks).map(
    ([name, url]) =>
      new Webhook({
        name,
        url,
        secret: Buffer.from(config.webhookSecret?.reveal() ?? ''),
        wallClock: now,
      }),
  );
  const options = { events, trail, webhooks, wallClock: now, jitter: Math.random, log };
  const keyLife = new Scheduler({
    name: 'key-life',
    jobs: [
      ...keyLifeJobs({ services, events, connections, wallClock: now }),
      recordingJob(options),
      pruningJob(options),
    ],
    leases,
    intervalMs: JOB_INTERVAL_MS,
    log,
  });
  const deliveries = webhooks.map(
    (webhook) =>
      new Scheduler({
        name: `webhook-${webhook.name}`,
        jobs: [deliveryJob(webhook, options)],
        leases,
        intervalMs: DELIVERY_INTERVAL_MS,
        log,
      }),
  );
  const news = peerNewsJob({ services, repository: peerRepository, wallClock: now });
  const peerNews = new Scheduler({
    ...{ name: 'peer-news', jobs: [news], leases, intervalMs: DELIVERY_INTERVAL_MS, log },
  });
  return { keyLife, all: [keyLife, peerNews, ...deliveries] };
}

async function loadCalendar(calendar: Calendar): Promise<void> {
  try {
    await calendar.load();
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error));
  }
}

interface Parts {
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

function buildServices(parts: Parts): Services {
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
  changes.on('material', (place) => software.forget(place));
  const { partition } = config;
  const keys = new KeyRepository({ database, changes, partition, maxCachedKeys, quotas });
  return {
    keys,
    lastUsage: new LastUsage({ repository: new LastUsageRepository(database), log, now }),
    events: new EventRepository({ database, wallClock }),
    clock: new SimulatedClock({
      calendar: parts.calendar,
      nextDate: () => nextKeyDate({ keys }),
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

/**
 * An empty directory for the token hosts' sockets. In the data directory, so that what a killed
 * server left goes with the next start; elsewhere when that path is too long for a socket.
 */
async function makeSocketDir(dataDir: string): Promise<string> {
  const dir = join(dataDir, 'run');
  if (Buffer.byteLength(dir) > MAX_SOCKET_DIR_BYTES) {
    return mkdtemp(join(tmpdir(), 'strongroom-'));
  }
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { mode: 0o700 });
  return dir;
}

async function lockDataDir(dataDir: string): Promise<ExclusiveLock> {
  try {
    return await ExclusiveLock.acquire(join(dataDir, 'server.lock'), 0);
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    throw new StartError(`another server is running on the data directory ${dataDir}`);
  }
}

function requireRoot(config: Config): TokenConfig {
  const root = config.tokens.find(({ id }) => id === 'root');
  if (!root) throw new StartError('no token with the id root is configured');
  return root;
}

async function verifyRootToken(rootToken: RootToken): Promise<void> {
  try {
    await rootToken.verify();
  } catch (error) {
    throw error instanceof WrongRootTokenError ? new StartError(error.message) : error;
  }
}
