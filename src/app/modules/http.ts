import { unavailable } from '../../kernel/common-errors.js';
import { StartError } from '../../kernel/start-error.js';
import type { Metrics } from '../../observe/metrics.js';
import { BodyReader, type Vouches } from '../../protocols/http/body-reader.js';
import { HttpServer } from '../../protocols/http/server.js';
import type { PeerMessages } from '../../protocols/peer/peer.js';
import type { AccessKeys } from '../../services/iam/credentials/access-keys.js';
import { credentialsFile } from '../../services/iam/credentials/first-credentials.js';
import { ACCESS_KEY_ID, claimedAccessKeyId } from '../../sigv4/authorization-header.js';
import type { ServerOptions } from '../options.js';
import type { Serving } from './serving.js';

interface Needs extends Pick<ServerOptions, 'config' | 'log'> {
  readonly serving: Serving;
  readonly accessKeys: Pick<AccessKeys, 'find'>;
  readonly metrics: Metrics;
  readonly unusable: () => readonly string[];
  readonly peerServer: PeerMessages;
  readonly peerPublicKey: string;
}

/** Listens: AWS JSON, Query, REST, other servers. @throws StartError when the address is taken */
export async function http(needs: Needs) {
  const { config, log, serving, accessKeys, metrics, unusable, peerServer, peerPublicKey } = needs;
  const { host, port, tls, limits } = config;
  const server = new HttpServer({
    listen: { host, port, tls, ...limits },
    services: serving.services,
    peers: Object.keys(config.peers).length > 0 ? peerServer : undefined,
    peerPublicKey,
    bodies: new BodyReader(limits.maxBodyBytes, vouchedByKey(accessKeys)),
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

/** Whoever names an access key that is there may send a long body; whether it is theirs, the body tells. */
function vouchedByKey(accessKeys: Pick<AccessKeys, 'find'>): Vouches {
  return async ({ headers }) => {
    const accessKeyId = claimedAccessKeyId(headers.authorization);
    if (accessKeyId === undefined || !ACCESS_KEY_ID.test(accessKeyId)) return false;
    const token = headers['x-amz-security-token'];
    try {
      const key = await accessKeys.find(accessKeyId, typeof token === 'string' ? token : undefined);
      return key?.status === 'Active';
    } catch (cause) {
      throw unavailable({ cause });
    }
  };
}
