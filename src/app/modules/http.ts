import { StartError } from '../../kernel/start-error.js';
import type { Metrics } from '../../observe/metrics.js';
import { HttpServer } from '../../protocols/http/server.js';
import type { PeerMessages } from '../../protocols/peer/peer.js';
import { credentialsFile } from '../../services/iam/credentials/first-credentials.js';
import type { ServerOptions } from '../options.js';
import type { Serving } from './serving.js';

interface Needs extends Pick<ServerOptions, 'config' | 'log'> {
  readonly serving: Serving;
  readonly metrics: Metrics;
  readonly unusable: () => readonly string[];
  readonly peerServer: PeerMessages;
  readonly peerPublicKey: string;
}

/** Listens: AWS JSON, Query, REST, other servers. @throws StartError when the address is taken */
export async function http(needs: Needs) {
  const { config, log, serving, metrics, unusable, peerServer, peerPublicKey } = needs;
  const { host, port, tls, limits } = config;
  const server = new HttpServer({
    listen: { host, port, tls, ...limits },
    services: serving.services,
    peers: Object.keys(config.peers).length > 0 ? peerServer : undefined,
    peerPublicKey,
    maxBodyBytes: limits.maxBodyBytes,
    log,
    metrics,
    unusable,
  });
  const endpoint = await server.listen().catch((error: NodeJS.ErrnoException) => {
    throw new StartError(`can't listen on ${host}:${port} (${error.code})`);
  });
  return {
    provides: { endpoint, credentialsFile: credentialsFile(config) },
    stop: () => server.close(),
  };
}
