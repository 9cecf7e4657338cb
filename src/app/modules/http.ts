import { unavailable } from '../../kernel/common-errors.js';
import { StartError } from '../../kernel/start-error.js';
import type { Metrics } from '../../observe/metrics.js';
import type { IssuerDocuments } from '../../protocols/discovery/discovery.js';
import { BodyReader, type Vouches } from '../../protocols/http/body-reader.js';
import { endpointHandler, internalHandler } from '../../protocols/http/handler.js';
import type { InternalPagesOptions } from '../../protocols/http/internal-pages.js';
import type { Readiness } from '../../protocols/http/readiness.js';
import { type Handler, HttpServer, type ListenOptions } from '../../protocols/http/server.js';
import type { PeerMessages } from '../../protocols/peer/peer.js';
import type { AccessKeys } from '../../services/iam/credentials/access-keys.js';
import { credentialsFile } from '../../services/iam/credentials/first-credentials.js';
import { ACCESS_KEY_ID, claimedAccessKeyId } from '../../sigv4/authorization-header.js';
import type { ServerOptions } from '../options.js';
import type { PublicAddress } from '../public-address.js';
import type { Serving } from './serving.js';

interface PagesNeeds extends Pick<ServerOptions, 'config' | 'log'> {
  readonly serving: Serving;
  readonly metrics: Metrics;
  readonly readiness: () => Readiness;
}

interface Needs extends PagesNeeds {
  readonly accessKeys: Pick<AccessKeys, 'find'>;
  readonly peerServer: PeerMessages;
  readonly peerPublicKey: string;
  readonly discovery: IssuerDocuments;
  readonly publicAddress: PublicAddress;
  readonly internalCertificateEnd: () => number | undefined;
}

/** Listens at the internal address, if there is one. @throws StartError when it is taken */
export async function internalHttp(needs: PagesNeeds) {
  const { config, log, readiness } = needs;
  const { tls, limits } = config;
  const place = addressIn(config.internal?.listen);
  if (!place) {
    return {
      provides: { reloadInternal: async () => {}, internalCertificateEnd: () => undefined },
    };
  }
  const handler = internalHandler({ pages: pagesOf(needs), readiness, log });
  // Who watches the server has the bearer token, and no certificate of a client.
  const files = tls && { cert: tls.cert, key: tls.key };
  const options = { ...place, tls: files, ...limits };
  const { address, reload, stop, certificateEnd } = await listen(options, handler);
  log.info({ address }, 'internal pages are served');
  return { provides: { reloadInternal: reload, internalCertificateEnd: certificateEnd }, stop };
}

/** Listens: AWS JSON, Query, REST, other servers. @throws StartError when the address is taken */
export async function http(needs: Needs) {
  const { config, log, serving, accessKeys, readiness, peerServer, peerPublicKey } = needs;
  const { discovery, publicAddress } = needs;
  const { host, port, tls, limits } = config;
  const handler = endpointHandler({
    services: serving.services,
    peers: Object.keys(config.peers).length > 0 ? peerServer : undefined,
    peerPublicKey,
    bodies: new BodyReader(limits.maxBodyBytes, vouchedByKey(accessKeys), {
      patienceMs: limits.requestTimeoutMs,
    }),
    pages: pagesOf(needs),
    issuers: discovery,
    pagesElsewhere: config.internal?.listen !== undefined,
    log,
    readiness,
  });
  const { trustedProxies, proxyProtocol } = config;
  const proxies = { trustedProxies, proxyProtocol };
  const listening = await listen({ host, port, tls, proxies, ...limits }, handler);
  const { address: endpoint, reload, stop, certificateEnd } = listening;
  publicAddress.listensAt(endpoint);
  const provides = { endpoint, reloadEndpoint: reload, credentialsFile: credentialsFile(config) };
  const ends = { endpoint: certificateEnd, internal: needs.internalCertificateEnd };
  needs.metrics.show('strongroom_certificate_expiry_timestamp_seconds', () =>
    Object.entries(ends).flatMap(([address, end]) => {
      const at = end();
      return at === undefined ? [] : [[{ address }, at / 1000] as const];
    }),
  );
  return { provides, ready: () => needs.metrics.requireAll(), stop };
}

async function listen(options: ListenOptions, handler: Handler) {
  const server = new HttpServer(options, handler);
  const address = await server.listen().catch((error: NodeJS.ErrnoException) => {
    if (error instanceof StartError) throw error;
    throw new StartError(`can't listen on ${options.host}:${options.port} (${error.code})`);
  });
  return {
    address,
    reload: () => server.reload(),
    stop: () => server.close(),
    certificateEnd: () => server.certificateEnd,
  };
}

function pagesOf({ config, serving, metrics }: PagesNeeds): InternalPagesOptions {
  return {
    services: serving.services,
    metrics,
    audience: { metrics: config.metrics, docs: config.docs },
    bearerToken: config.internal?.bearerToken?.reveal(),
  };
}

/** A host and a port, as the schema has checked them. */
function addressIn(text: string | undefined): { host: string; port: number } | undefined {
  if (text === undefined) return undefined;
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(text.slice(colon + 1)) };
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
