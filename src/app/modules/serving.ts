import { AuditOutbox } from '../../audit/outbox.js';
import { AuditTrail } from '../../audit/trail.js';
import { UnsignedRecords } from '../../audit/unsigned-records.js';
import type { Principal } from '../../authz/model.js';
import type { BrokenSeals } from '../../db/broken-seals.js';
import type { ChangeFeed } from '../../db/changes.js';
import { type Database, isAway } from '../../db/database.js';
import type { Owner } from '../../db/node-identity.js';
import { poolFigures } from '../../db/pool-figures.js';
import type { RowSeals } from '../../db/row-seals.js';
import { WriteTrouble } from '../../db/write-trouble.js';
import type { Scope } from '../../kernel/scope.js';
import type { WallClock } from '../../kernel/time.js';
import type { Invocations } from '../../keystores/invocations/invocations.js';
import type { RootToken } from '../../keystores/root-token/root-token.js';
import type { KeyPairs } from '../../keystores/software/key-pairs.js';
import type { Metrics } from '../../observe/metrics.js';
import { RequestMetrics } from '../../observe/request-metrics.js';
import type { Tracer } from '../../observe/tracer.js';
import type { PipelineCall } from '../../pipeline/call.js';
import { Pipeline, type PipelineOptions } from '../../pipeline/perform.js';
import type { ServedService, Service } from '../../pipeline/service.js';
import type { AuthenticatePorts } from '../../pipeline/steps/authenticate.js';
import type { MemoryPorts } from '../../pipeline/steps/require-fresh-memory.js';
import type { TrailPorts } from '../../pipeline/steps/require-trail.js';
import type { ThrottlePorts } from '../../pipeline/steps/throttle.js';
import type { Readiness } from '../../protocols/http/readiness.js';
import { Throttle } from '../../runtime/throttle.js';
import type { AccessKeys } from '../../services/iam/credentials/access-keys.js';
import type { ServiceUses } from '../../services/iam/reports/service-uses.js';
import type { Connections } from '../../services/kms/stores/connections.js';
import { SigV4Verifier, type SigV4VerifierOptions } from '../../sigv4/verifier.js';
import type { TokenClient } from '../../token-host/client/client.js';
import type { TokenFigures } from '../../token-host/client/token-figures.js';
import { openChain } from '../audit-chain.js';
import type { ServerOptions } from '../options.js';
import { readinessOf } from '../readiness.js';

interface Needs extends Pick<ServerOptions, 'config' | 'log'> {
  readonly changes: ChangeFeed;
  readonly rootToken: RootToken;
  readonly connections: Pick<Connections, 'unconnected'>;
  readonly tokenFigures: () => readonly TokenFigures[];
  readonly rootClient: TokenClient;
  readonly seals: RowSeals;
  readonly invocations: Invocations;
  readonly keyPairs: KeyPairs;
  readonly metrics: Metrics;
  readonly tracer: Tracer | undefined;
  readonly accessKeys: AccessKeys;
  readonly serviceUses: ServiceUses;
  readonly wallClock: WallClock;
  readonly newId: () => string;
  readonly database: Database;
  readonly brokenSeals: BrokenSeals;
  readonly owner: Owner;
}

/** What the pipeline hands to every service. */
export type SharedPorts = MemoryPorts & AuthenticatePorts & ThrottlePorts & TrailPorts;

/** How a service's calls may be signed. */
export type Signing = Partial<
  Pick<SigV4VerifierOptions<never>, 'regionNames' | 'presigned' | 'maxSkewMs'>
> & {
  /** Regions beyond those of the server. */
  readonly regions?: readonly string[];
};

/** Takes services up, so that the protocols find them. */
export interface Serving {
  /**
   * @returns what may be forwarded to
   * @param ports what the service's steps and operations use
   * @param eventClock the service's time of events, in epoch milliseconds
   * @param signing how its calls may be signed beyond what all services take
   */
  add<Call extends PipelineCall, Ports extends object>(
    service: Service<Call, Ports & SharedPorts>,
    ports: Ports,
    options?: { readonly eventClock?: () => number; readonly signing?: Signing },
  ): ServedService;
  readonly services: readonly ServedService[];
}

/** One of each for all services. */
interface Shared extends Pick<PipelineOptions, 'trail' | 'outbox' | 'unsignedRecords' | 'tracer'> {
  readonly throttle: Throttle;
  readonly metrics: RequestMetrics;
  readonly home: Scope;
}

/** The audit trail, the throttle, the metrics, and the pipelines over them. */
export async function serving(needs: Needs) {
  const { config, log, changes, rootToken, metrics } = needs;
  const { rootClient, tokenFigures, connections } = needs;
  const { wallClock, newId, database, owner } = needs;
  const home = {
    accountId: config.accountId,
    region: config.regions[0] ?? '',
    partition: config.partition,
  };
  const chain = openChain(needs);
  const trail = await AuditTrail.open({ ...config.audit, chain, now: wallClock, log });
  const { nodeId } = owner;
  const outbox = await AuditOutbox.open({ database, trail, nodeId, now: wallClock, log }).catch(
    async (error: unknown) => {
      await trail.close();
      throw error;
    },
  );
  const unsignedRecords = new UnsignedRecords({ trail, ...home, now: wallClock, newId, log });
  const throttle = new Throttle(config.limits.maxInFlight, config.accounts.length > 0);
  const ports = { changes, trail, rootToken, tokenFigures, connections };
  const writeTrouble = new WriteTrouble(database);
  const readiness = () =>
    readinessOf({ ...ports, writeTrouble, rootFigures: () => rootClient.figures });
  measure(needs, { throttle, readiness });
  const requestMetrics = new RequestMetrics(metrics);
  const { tracer } = needs;
  const shared = {
    ...{ trail, outbox, unsignedRecords, throttle, home, tracer },
    metrics: requestMetrics,
  };
  return {
    provides: { trail, readiness, serving: makeServing(needs, shared) },
    stop: async () => {
      await unsignedRecords.close();
      await outbox.close();
      await trail.close();
    },
  };
}

/** What this server knows of itself without asking anybody. */
function measure(
  { metrics, changes, database, brokenSeals, keyPairs, invocations }: Needs,
  { throttle, readiness }: { readonly throttle: Throttle; readonly readiness: () => Readiness },
): void {
  const usable = (part: string) => () =>
    Number(readiness().parts.find(({ name }) => name === part)?.usable ?? false);
  metrics.show('strongroom_requests_in_flight', () => throttle.inFlight);
  metrics.show('strongroom_root_token_usable', usable('root token'));
  metrics.show('strongroom_audit_trail_usable', usable('audit trail'));
  metrics.show('strongroom_database_usable', usable('database'));
  metrics.show('strongroom_change_feed_age_seconds', () => changes.lease.ageMs / 1000);
  metrics.show('strongroom_database_connections', () => {
    const { busy, free } = poolFigures(database);
    return [
      [{ use: 'busy' }, busy],
      [{ use: 'free' }, free],
    ];
  });
  metrics.show('strongroom_database_connections_awaited', () => poolFigures(database).awaited);
  metrics.show('strongroom_broken_seals', () => brokenSeals.count);
  metrics.show('strongroom_token_key_invocations_most', () => invocations.most);
  metrics.show('strongroom_token_keys_wearing_out', () => invocations.wearing);
  metrics.show('strongroom_key_pairs_waiting', () => keyPairs.waiting);
  metrics.show('strongroom_key_pairs_ready', () =>
    [...keyPairs.counts()].map(({ keySpec, ready }) => [{ key_spec: keySpec }, ready]),
  );
  metrics.show('strongroom_key_pairs_total', () =>
    [...keyPairs.counts()].flatMap(({ keySpec: key_spec, stocked, made, dropped }) =>
      Object.entries({ stocked, made, dropped }).map(
        ([outcome, count]) => [{ key_spec, outcome }, count] as const,
      ),
    ),
  );
}

function makeServing(
  { config, log, changes, accessKeys, serviceUses, wallClock, newId }: Needs,
  shared: Shared,
): Serving {
  const services: ServedService[] = [];
  const { requestTimeoutMs } = config.limits;
  const verifierOf = (service: string, { regions = [], ...signing }: Signing) =>
    new SigV4Verifier<Principal>({
      ...signing,
      service,
      regions: [...new Set([...config.regions, ...regions])],
      findAccessKey: (accessKeyId, sessionToken) => accessKeys.find(accessKeyId, sessionToken),
      onVerified: ({ accessKeyId, principal }, region) => {
        accessKeys.touch(accessKeyId, region, service);
        serviceUses.note(principal, region, service);
      },
      now: wallClock,
    });
  return {
    services,
    add(service, ports, { eventClock = wallClock, signing = {} } = {}) {
      const verifier = verifierOf(service.name, signing);
      const options = {
        ...shared,
        ...{ log, isAway, wallClock, eventClock, newId, requestTimeoutMs },
      };
      const { throttle, trail } = shared;
      const given = { ...ports, memory: changes, verifier, throttle, trail };
      const served = new Pipeline(service, given, options);
      services.push(served);
      return served;
    },
  };
}
