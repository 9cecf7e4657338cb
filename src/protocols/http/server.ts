/** The listening server: the AWS JSON face on node:http, everything else behind it. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { awsJson, isAwsJson } from '../aws-json/aws-json.js';
import { isQuery, query } from '../query/query.js';
import { type ApplicationOptions, application } from './application.js';

/** How often Node looks for clients that are too slow with their headers or bodies. */
const SLOW_CLIENT_CHECK_MS = 1000;
const KEEP_ALIVE_MS = 65_000;
const IDLE_CHECK_MS = 20;
const CLOSE_GRACE_MS = 1000;
/** Headers of a SigV4 request are well below this. */
const MAX_HEADER_BYTES = 32 * 1024;

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Paths of the PEM files; without them the server speaks plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly maxConnections: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

export interface HttpServerOptions extends ApplicationOptions {
  readonly listen: ListenOptions;
}

export class HttpServer {
  readonly #options: HttpServerOptions;
  #server: Server | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
  }

  /** @returns the endpoint's URL. Rejects when the address can't be listened on. */
  async listen(): Promise<string> {
    const { host, port, tls, headersTimeoutMs, requestTimeoutMs, maxConnections } =
      this.#options.listen;
    const settings = {
      maxHeaderSize: MAX_HEADER_BYTES,
      connectionsCheckingInterval: SLOW_CLIENT_CHECK_MS,
      headersTimeout: headersTimeoutMs,
      requestTimeout: headersTimeoutMs + requestTimeoutMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
    };
    const listener = this.#listener();
    const server = tls
      ? createTlsServer(
          {
            ...settings,
            ...{ cert: await readFile(tls.cert), key: await readFile(tls.key) },
            handshakeTimeout: headersTimeoutMs,
          },
          listener,
        )
      : createServer(settings, listener);
    server.maxConnections = maxConnections;
    // Longer than any call is in work: then the client doesn't read its answer.
    server.setTimeout(headersTimeoutMs + requestTimeoutMs + CLOSE_GRACE_MS);
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      // Behind another request its 100 would stand in that one's answer; clients send the body anyway.
      if (isFirst(response)) response.writeContinue();
      listener(request, response);
    });
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
    const { requestTimeoutMs } = this.#options.listen;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    // Node has no event for a kept-alive connection that becomes idle.
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    const late = setTimeout(() => server.closeAllConnections(), requestTimeoutMs + CLOSE_GRACE_MS);
    await closed;
    clearInterval(idle);
    clearTimeout(late);
  }

  #listener(): (request: IncomingMessage, response: ServerResponse) => void {
    const { services, bodies } = this.#options;
    const app = application(this.#options);
    const serveQuery = query(services, bodies);
    const serveAwsJson = awsJson(services, bodies);
    return (request, response) => {
      // What follows may be another protocol already: it is neither taken for a request nor waited for.
      if (request.headers.upgrade !== undefined) response.setHeader('Connection', 'close');
      if (isQuery(request)) void serveQuery(request, response);
      else if (isAwsJson(request)) void serveAwsJson(request, response);
      else app(request, response);
    };
  }
}

/** Whether no earlier request of the connection is still to be answered: only then is it assigned. */
function isFirst(response: ServerResponse): boolean {
  return response.socket !== null;
}
