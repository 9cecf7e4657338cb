/** The composition root: builds everything from the configuration, in the order of a start. */
import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { AuditTrail } from '../audit/trail.js';
import type { Config, TokenConfig } from '../config/config.js';
import { ChangeFeed } from '../db/changes.js';
import { migrate, openDatabase } from '../db/database.js';
import { nodeIdentity } from '../db/node-identity.js';
import { StartError } from '../kernel/start-error.js';
import { RootKeyRepository } from '../keystores/root-token/root-key-repository.js';
import { RootToken, WrongRootTokenError } from '../keystores/root-token/root-token.js';
import { logInToRootToken } from '../keystores/root-token/root-token-start.js';
import type { Log } from '../observe/log.js';
import { Metrics } from '../observe/metrics.js';
import type { PipelineCall } from '../pipeline/call.js';
import { Pipeline } from '../pipeline/perform.js';
import type { Service } from '../pipeline/service.js';
import { HttpServer } from '../protocols/http/server.js';
import { Calendar } from '../runtime/calendar.js';
import { Throttle } from '../runtime/throttle.js';
import { AccessKeyRepository } from '../services/iam/credentials/access-key-repository.js';
import { AccessKeys } from '../services/iam/credentials/access-keys.js';
import { AccountRepository } from '../services/iam/credentials/account-repository.js';
import {
  credentialsFile,
  ensureFirstCredentials,
} from '../services/iam/credentials/first-credentials.js';
import { openSessionKey } from '../services/iam/credentials/session-key.js';
import { SessionKeyRepository } from '../services/iam/credentials/session-key-repository.js';
import { SessionTokens } from '../services/iam/credentials/session-token.js';
import { IamRepository } from '../services/iam/directory/iam-repository.js';
import { Principals } from '../services/iam/directory/principals.js';
import { MfaCodes } from '../services/iam/mfa/mfa-codes.js';
import { OidcTokens } from '../services/iam/oidc/oidc-tokens.js';
import { iam, sts } from '../services/iam/service.js';
import { PendingKeyUses } from '../services/kms/events/pending-use.js';
import { openPeerIdentity } from '../services/kms/peers/identity.js';
import { Messages } from '../services/kms/peers/messages.js';
import { PeerClient } from '../services/kms/peers/peer-client.js';
import { readPeers } from '../services/kms/peers/peer-config.js';
import { PeerRepository } from '../services/kms/peers/peer-repository.js';
import { PeerServer } from '../services/kms/peers/peer-server.js';
import { Peers } from '../services/kms/peers/peers.js';
import { TransportKey } from '../services/kms/peers/transport-key.js';
import { kms } from '../services/kms/service.js';
import { SigV4Verifier } from '../sigv4/verifier.js';
import { TokenClient } from '../token-host/client/client.js';
import { lockDataDir, makeSocketDir } from './data-dir.js';
import { makeJobs } from './jobs.js';
import { buildServices } from './services.js';

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

const PEER_TIMEOUT_MS = 60_000;

/** Where AWS's global services sign: IAM, and STS's old endpoint. */
const GLOBAL_REGION = 'us-east-1';

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
    identities: config,
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
  changes.on('calendar', () => {
    calendar.load().catch((error: unknown) => log.error({ err: error }, 'a new time was missed'));
  });
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

  const serve = <Call extends PipelineCall, Ports>(
    service: Service<Call, Ports>,
    ports: Ports,
    eventClock: () => number,
  ) =>
    new Pipeline(service, ports, {
      trail,
      metrics,
      throttle,
      log,
      wallClock: now,
      eventClock,
      newId: services.newId,
      requestTimeoutMs: config.limits.requestTimeoutMs,
      home: {
        accountId: config.accountId,
        region: config.regions[0] ?? '',
        partition: config.partition,
      },
    });
  const globalRegions = [...new Set([...config.regions, GLOBAL_REGION])];
  const iamPorts = {
    throttle,
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
  };
  const kmsPorts = {
    ...services,
    throttle,
    verifier: verifierOf('kms', config.regions),
    pendingKeyUses: new PendingKeyUses({ events: services.events, log, newId: services.newId }),
  };
  const served = [
    serve(kms, kmsPorts, services.now),
    serve(iam, { ...iamPorts, verifier: verifierOf('iam', globalRegions) }, now),
    serve(sts, { ...iamPorts, verifier: verifierOf('sts', globalRegions) }, now),
  ];
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
  const { host, port, tls, limits } = config;
  const http = new HttpServer({
    listen: { host, port, tls, ...limits },
    services: served,
    peers: peerServer,
    peerPublicKey: peerIdentity.publicKeyText,
    maxBodyBytes: limits.maxBodyBytes,
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

async function loadCalendar(calendar: Calendar): Promise<void> {
  try {
    await calendar.load();
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error));
  }
}
