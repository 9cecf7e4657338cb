/** A listening server, whatever it answers. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { endOf, readCertificate, type TlsFiles } from './certificate.js';
import { Peers, type ProxyOptions } from './peers.js';

/** How often Node looks for clients that are too slow with their headers or bodies. */
const SLOW_CLIENT_CHECK_MS = 1000;
const KEEP_ALIVE_MS = 65_000;
const IDLE_CHECK_MS = 20;
const CLOSE_GRACE_MS = 1000;
/** Headers of a SigV4 request are well below this. */
const MAX_HEADER_BYTES = 32 * 1024;

/** Whatever Node's own default is told to be. */
const MIN_TLS = 'TLSv1.2';

/** What answers the requests. */
export type Handler = RequestListener;

interface Limits {
  readonly maxConnections: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

export interface ListenOptions extends Limits {
  readonly host: string;
  readonly port: number;
  /** Paths of the PEM files; without them the server speaks plain HTTP. */
  readonly tls?: TlsFiles | undefined;
  /** Absent: nobody is believed. */
  readonly proxies?: ProxyOptions;
}

/** A Unix socket: in a directory that only its user can enter. */
export interface SocketOptions extends Limits {
  /** Nothing may be there; at most 107 octets. */
  readonly socketPath: string;
  readonly tls?: undefined;
}

export class HttpServer {
  readonly #listen: ListenOptions | SocketOptions;
  readonly #handler: Handler;
  #server: Server | undefined;
  #certificateEnd: number | undefined;

  constructor(listen: ListenOptions | SocketOptions, handler: Handler) {
    this.#listen = listen;
    this.#handler = handler;
  }

  /** @returns the endpoint's URL, or `unix:<path>`. Rejects when the address can't be listened on. */
  async listen(): Promise<string> {
    const { tls, headersTimeoutMs, requestTimeoutMs, maxConnections } = this.#listen;
    const settings = {
      maxHeaderSize: MAX_HEADER_BYTES,
      connectionsCheckingInterval: SLOW_CLIENT_CHECK_MS,
      headersTimeout: headersTimeoutMs,
      requestTimeout: headersTimeoutMs + requestTimeoutMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
    };
    const listener = this.#handler;
    const server = tls
      ? createTlsServer(
          {
            ...settings,
            ...(await this.#certificate(tls)),
            handshakeTimeout: headersTimeoutMs,
            minVersion: MIN_TLS,
            requestCert: tls.clientCa !== undefined,
            rejectUnauthorized: tls.clientCertificates !== 'optional',
          },
          listener,
        )
      : createServer(settings, listener);
    // Who opens a Unix socket has no address, and is told by the file system.
    if (!('socketPath' in this.#listen)) {
      new Peers({
        ...(this.#listen.proxies ?? { trustedProxies: [], proxyProtocol: false }),
        headersTimeoutMs,
        asksForCertificates: tls?.clientCa !== undefined,
      }).watch(server);
    }
    server.maxConnections = maxConnections;
    // Longer than any call is in work: then the client doesn't read its answer.
    server.setTimeout(headersTimeoutMs + requestTimeoutMs + CLOSE_GRACE_MS);
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      // Behind another request its 100 would stand in that one's answer; clients send the body anyway.
      if (isFirst(response)) response.writeContinue();
      listener(request, response);
    });
    this.#server = server;
    const place = placeOf(this.#listen);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(place, () => {
        server.off('error', reject);
        resolve();
      });
    });
    if (place.host === undefined) return `unix:${place.path}`;
    const address = server.address() as AddressInfo;
    const shownHost = place.host.includes(':') ? `[${place.host}]` : place.host;
    return `${tls ? 'https' : 'http'}://${shownHost}:${address.port}`;
  }

  /**
   * Reads the certificate and its key again: who connects from now on sees them, who is connected goes on.
   * @throws StartError when they are no good; those of before are then kept
   */
  async reload(): Promise<void> {
    const { tls } = this.#listen;
    const server = this.#server;
    if (!tls || !server) return;
    (server as TlsServer).setSecureContext({
      ...(await this.#certificate(tls)),
      minVersion: MIN_TLS,
    });
  }

  /** When the certificate ends that is served, in epoch milliseconds; undefined without TLS. */
  get certificateEnd(): number | undefined {
    return this.#certificateEnd;
  }

  async #certificate(tls: TlsFiles) {
    const read = await readCertificate(tls);
    this.#certificateEnd = endOf(read.cert);
    return read;
  }

  /**
   * Takes nothing new and answers what is in work. Clients that still send when every call must have
   * been answered are cut off.
   */
  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    const { requestTimeoutMs } = this.#listen;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    // Node has no event for a kept-alive connection that becomes idle.
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    const late = setTimeout(() => server.closeAllConnections(), requestTimeoutMs + CLOSE_GRACE_MS);
    await closed;
    clearInterval(idle);
    clearTimeout(late);
  }
}

function placeOf(
  options: ListenOptions | SocketOptions,
): { host: string; port: number } | { path: string; host?: undefined } {
  if ('socketPath' in options) return { path: options.socketPath };
  return { host: options.host, port: options.port };
}

/** Whether no earlier request of the connection is still to be answered: only then is it assigned. */
function isFirst(response: ServerResponse): boolean {
  return response.socket !== null;
}
