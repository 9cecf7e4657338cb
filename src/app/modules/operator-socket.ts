import { chmod, rm } from 'node:fs/promises';
import { ownDirectory } from '../../db/private-files.js';
import { PRIVATE } from '../../kernel/foreign-files.js';
import type { WallClock } from '../../kernel/time.js';
import type { Metrics } from '../../observe/metrics.js';
import { BodyReader } from '../../protocols/http/body-reader.js';
import { operatorHandler } from '../../protocols/http/operator-handler.js';
import type { Readiness } from '../../protocols/http/readiness.js';
import { HttpServer } from '../../protocols/http/server.js';
import type { Principals } from '../../services/iam/directory/principals.js';
import type { TokenFigures } from '../../token-host/client/token-figures.js';
import { operatorOf } from '../operator.js';
import {
  MAX_SOCKET_PATH_BYTES,
  operatorSocketPath,
  runDirectory,
} from '../operator-socket-path.js';
import type { ServerOptions } from '../options.js';
import { statusOf } from '../status.js';
import type { Serving } from './serving.js';

/** An operator and the monitoring of one machine. */
const MAX_CONNECTIONS = 64;

interface Needs extends Pick<ServerOptions, 'config' | 'log' | 'version'> {
  readonly serving: Serving;
  readonly metrics: Metrics;
  readonly readiness: () => Readiness;
  readonly principals: Principals;
  readonly rootClient: { readonly figures: TokenFigures };
  readonly tokenFigures: () => readonly TokenFigures[];
  readonly wallClock: WallClock;
  readonly endpoint: string;
}

/**
 * Listens at a Unix socket that only this process's user and root can open, in the data directory, which
 * this server holds: what is at its path is what a killed server left.
 * @throws StartError when its directory is another's or open to others
 */
export async function operatorSocket(needs: Needs) {
  const { config, log, serving, metrics, readiness, wallClock } = needs;
  const { dataDir, limits, operator } = config;
  if (!operator.socket) return { provides: {} };
  const socketPath = operatorSocketPath(dataDir);
  if (Buffer.byteLength(socketPath) > MAX_SOCKET_PATH_BYTES) {
    log.warn({ socketPath }, "the path is too long for the operator's socket: there is none");
    return { provides: {} };
  }
  await ownDirectory(runDirectory(dataDir));
  await chmod(runDirectory(dataDir), PRIVATE.directory);
  await rm(socketPath, { force: true });
  const startedAt = new Date(wallClock());
  const handler = operatorHandler({
    ...{ log, metrics, readiness },
    services: serving.services,
    bodies: new BodyReader(limits.maxBodyBytes, () => true),
    operator: operatorOf(needs),
    status: () => statusOf({ ...needs, startedAt }),
  });
  const server = new HttpServer(
    { ...limits, socketPath, maxConnections: MAX_CONNECTIONS },
    handler,
  );
  await server.listen();
  await chmod(socketPath, PRIVATE.file);
  log.info({ socketPath }, "the operator's socket is open");
  return { provides: {}, stop: () => server.close() };
}
