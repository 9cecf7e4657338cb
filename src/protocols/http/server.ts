/** The listening server: the AWS JSON face on node:http, everything else behind it. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Config } from '../../config/config.js';
import type { Log } from '../../observe/log.js';
import type { Metrics } from '../../observe/metrics.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import type { QueryPipeline } from '../../pipeline/query-pipeline.js';
import type { PeerServer } from '../../services/kms/peers/peer-server.js';
import { isAwsJson, serveAwsJson } from '../aws-json/aws-json.js';
import { isQuery, serveQuery } from '../query/query.js';
import { application } from './application.js';

/** How often Node looks for clients that are too slow with their headers or bodies. */
const SLOW_CLIENT_CHECK_MS = 1000;
const KEEP_ALIVE_MS = 65_000;
const IDLE_CHECK_MS = 20;
const CLOSE_GRACE_MS = 1000;
/** Headers of a SigV4 request are well below this. */
const MAX_HEADER_BYTES = 32 * 1024;

export interface HttpServerOptions {
  readonly config: Config;
  readonly pipeline: Pipeline;
  readonly queryPipeline: QueryPipeline;
  readonly peerServer: PeerServer;
  readonly peerPublicKey: string;
  readonly ready: () => boolean;
  readonly metrics: Metrics;
  readonly log: Log;
}

export class HttpServer {
  readonly #options: HttpServerOptions;
  #server: Server | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
  }

  /** @returns the endpoint's URL. Rejects when the address can't be listened on. */
  async listen(): Promise<string> {
    const { host, port, tls, limits } = this.#options.config;
    const settings = {
      maxHeaderSize: MAX_HEADER_BYTES,
      connectionsCheckingInterval: SLOW_CLIENT_CHECK_MS,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.headersTimeoutMs + limits.requestTimeoutMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
    };
    const listener = this.#listener();
    const server = tls
      ? createTlsServer(
          { ...settings, cert: await readFile(tls.cert), key: await readFile(tls.key) },
          listener,
        )
      : createServer(settings, listener);
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
    const address = server.address() as AddressInfo;
    const shownHost = host.includes(':') ? `[${host}]` : host;
    return `${tls ? 'https' : 'http'}://${shownHost}:${address.port}`;
  }

  /**
   * Takes nothing new and answers what is in work. Clients that still send when every call must have
   * been answered are cut off.
   */
  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    const { requestTimeoutMs } = this.#options.config.limits;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    // Node has no event for a kept-alive connection that becomes idle.
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    const late = setTimeout(() => server.closeAllConnections(), requestTimeoutMs + CLOSE_GRACE_MS);
    await closed;
    clearInterval(idle);
    clearTimeout(late);
  }

  #listener(): (request: IncomingMessage, response: ServerResponse) => void {
    const { queryPipeline, config, ...options } = this.#options;
    const { pipeline } = options;
    const { maxBodyBytes } = config.limits;
    const app = application({ ...options, maxBodyBytes });
    return (request, response) => {
      if (isQuery(request)) void serveQuery(request, response, queryPipeline, maxBodyBytes);
      else if (isAwsJson(request)) void serveAwsJson(request, response, pipeline, maxBodyBytes);
      else app(request, response);
    };
  }
}
