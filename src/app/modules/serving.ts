import { AuditTrail } from '../../audit/trail.js';
import type { Principal } from '../../authz/model.js';
import type { ChangeFeed } from '../../db/changes.js';
import { isAway } from '../../db/database.js';

import type { WallClock } from '../../kernel/time.js';
import type { RootToken } from '../../keystores/root-token/root-token.js';
import { Metrics } from '../../observe/metrics.js';
import type { PipelineCall } from '../../pipeline/call.js';
import { Pipeline } from '../../pipeline/perform.js';
import type { ServedService, Service } from '../../pipeline/service.js';
import type { AuthenticatePorts } from '../../pipeline/steps/authenticate.js';
import type { MemoryPorts } from '../../pipeline/steps/require-fresh-memory.js';
import type { ThrottlePorts } from '../../pipeline/steps/throttle.js';
import { Throttle } from '../../runtime/throttle.js';
import type { AccessKeys } from '../../services/iam/credentials/access-keys.js';
import { SigV4Verifier } from '../../sigv4/verifier.js';
import type { ServerOptions } from '../options.js';

interface Needs extends Pick<ServerOptions, 'config' | 'log'> {
  readonly changes: ChangeFeed;
  readonly rootToken: RootToken;
  readonly accessKeys: AccessKeys;
  readonly wallClock: WallClock;
  readonly newId: () => string;
}

/** What the pipeline hands to every service. */
export type SharedPorts = MemoryPorts & AuthenticatePorts & ThrottlePorts;

/** Takes services up, so that the protocols find them. */
export interface Serving {
  /**
   * @returns what may be forwarded to
   * @param ports what the service's steps and operations use
   * @param eventClock the service's time of events, in epoch milliseconds
   * @param regions further Regions for which a call may be signed
   */
  add<Call extends PipelineCall, Ports extends object>(
    service: Service<Call, Ports & SharedPorts>,
    ports: Ports,
    options?: { readonly eventClock?: () => number; readonly regions?: readonly string[] },
  ): ServedService;
  readonly services: readonly ServedService[];
}

/** The audit trail, the throttle, the metrics, and the pipelines over them. */
export async function serving(needs: Needs) {
  const { config, log, changes, rootToken, wallClock } = needs;
  const trail = await AuditTrail.open({ ...config.audit, now: wallClock, log });
  const throttle = new Throttle(config.limits.maxInFlight);
  const notReady = (): string | undefined => {
    if (!rootToken.usable) return 'root token not usable';
    return changes.lease.held ? undefined : 'database not answering';
  };
  const ready = () => notReady() === undefined;
  const metrics = new Metrics({ inFlight: () => throttle.inFlight, ready });
  return {
    provides: {
      trail,
      metrics,
      notReady,
      serving: makeServing(needs, { trail, throttle, metrics }),
    },
    stop: () => trail.close(),
  };
}

function makeServing(
  { config, log, changes, accessKeys, wallClock, newId }: Needs,
  shared: { readonly trail: AuditTrail; readonly throttle: Throttle; readonly metrics: Metrics },
): Serving {
  const services: ServedService[] = [];
  const home = {
    accountId: config.accountId,
    region: config.regions[0] ?? '',
    partition: config.partition,
  };
  const { requestTimeoutMs } = config.limits;
  const verifierOf = (service: string, regions: readonly string[]) =>
    new SigV4Verifier<Principal>({
      service,
      regions,
      findAccessKey: (accessKeyId, sessionToken) => accessKeys.find(accessKeyId, sessionToken),
      onVerified: (accessKeyId, region) => accessKeys.touch(accessKeyId, region, service),
      now: wallClock,
    });
  return {
    services,
    add(service, ports, { eventClock = wallClock, regions = [] } = {}) {
      const verifier = verifierOf(service.name, [...new Set([...config.regions, ...regions])]);
      const options = {
        ...shared,
        log,
        isAway,
        wallClock,
        eventClock,
        newId,
        requestTimeoutMs,
        home,
      };
      const { throttle } = shared;
      const given = { ...ports, memory: changes, verifier, throttle };
      const served = new Pipeline(service, given, options);
      services.push(served);
      return served;
    },
  };
}
