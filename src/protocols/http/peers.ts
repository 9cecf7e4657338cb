/** Who is at the other end of each connection, known from its first moment on. */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { type DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { CommonError } from '../../kernel/common-errors.js';
import { Networks, plainAddress } from '../../kernel/networks.js';
import type { TlsFacts } from '../../pipeline/transport.js';
import { type Client, type ForwardingHeaders, forwardedClient } from './forwarded.js';
import { type ProxyHeader, readProxyHeader } from './proxy-header.js';

export interface ProxyOptions {
  /** Addresses and networks of proxies that are believed. */
  readonly trustedProxies: readonly string[];
  /** Connections of these begin with a header of the PROXY protocol. */
  readonly proxyProtocol: boolean;
}

export interface PeersOptions extends ProxyOptions {
  /** Within which the PROXY protocol's header must have come. */
  readonly headersTimeoutMs: number;
  /** What it presents must be good, and whether it must present any is the TLS server's to say. */
  readonly asksForCertificates: boolean;
}

/** Where a request came from, and how. */
export interface Sender extends Client {
  readonly certificate: TlsFacts['certificate'];
  /** Whether the connection's own TLS is the client's, and not a proxy's. */
  readonly isDirect: boolean;
}

interface Peer extends Sender {
  /** Of a trusted proxy, which may say for whom it asks: whom else it may name. */
  readonly trusted: Networks | undefined;
}

const peers = new WeakMap<Socket, Peer>();
const senders = new WeakMap<IncomingMessage, Sender>();
/** Of TLS connections, until their handshake has ended, by both ends' addresses. */
type Told = Map<string, ProxyHeader>;

/**
 * Looks at each connection before the server does. Its address is read at once: once a client has reset
 * the connection the system doesn't tell it any more, while the request may still be read.
 */
export class Peers {
  readonly #options: PeersOptions;
  readonly #trusted: Networks;
  readonly #told: Told = new Map();

  constructor(options: PeersOptions) {
    this.#options = options;
    this.#trusted = new Networks(options.trustedProxies);
  }

  /** Stands between the listener and what the server does with a connection. */
  watch(server: Server): void {
    const serve = server.listeners('connection') as ((socket: Socket) => void)[];
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      const go = () => {
        for (const listener of serve) listener.call(server, socket);
      };
      const address = plainAddress(socket.remoteAddress);
      if (address === undefined) socket.destroy();
      else if (this.#options.proxyProtocol && this.#trusted.has(address)) this.#unwrap(socket, go);
      else {
        this.#note(socket, undefined);
        go();
      }
    });
    // Before the HTTP server's own listener, which may already have a request.
    server.prependListener('secureConnection', (socket: TLSSocket) => {
      const place = placeOf(socket);
      const header = this.#told.get(place);
      this.#told.delete(place);
      if (this.#options.asksForCertificates && isRefused(socket)) socket.destroy();
      else this.#note(socket, header);
    });
  }

  /** Reads the header of the PROXY protocol, then lets the server have the connection. */
  #unwrap(socket: Socket, go: () => void): void {
    let head = Buffer.alloc(0);
    const late = setTimeout(() => socket.destroy(), this.#options.headersTimeoutMs);
    const end = () => {
      clearTimeout(late);
      socket.off('readable', read);
      socket.off('close', end);
      socket.off('error', ignore);
    };
    const read = () => {
      for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
        head = Buffer.concat([head, chunk]);
        const header = readProxyHeader(head);
        if (header === 'incomplete') continue;
        end();
        if (header === 'invalid') {
          socket.destroy();
          return;
        }
        if (head.length > header.length) socket.unshift(head.subarray(header.length));
        this.#note(socket, header);
        go();
        return;
      }
    };
    socket.on('readable', read);
    socket.on('close', end);
    socket.on('error', ignore);
  }

  #note(socket: Socket, header: ProxyHeader | undefined): void {
    const address = plainAddress(socket.remoteAddress);
    if (address === undefined) {
      socket.destroy();
      return;
    }
    const isEncrypted = socket instanceof TLSSocket;
    if (header && !isEncrypted) this.#tell(socket, header);
    const source = header?.source ?? address;
    const isUnnamed = header !== undefined && header.source === undefined;
    peers.set(socket, {
      address: source,
      secure: isEncrypted || header?.secure === true,
      // Whoever the proxy can't name has no proxy's right to name others.
      trusted: this.#trusted.has(source) && !isUnnamed ? this.#trusted : undefined,
      certificate: isEncrypted ? certificateOf(socket) : undefined,
      isDirect: true,
    });
  }

  #tell(socket: Socket, header: ProxyHeader): void {
    const place = placeOf(socket);
    this.#told.set(place, header);
    socket.once('close', () => {
      if (this.#told.get(place) === header) this.#told.delete(place);
    });
  }
}

/**
 * Finds out who sent a request, for `senderOf`.
 * @throws CommonError ValidationException where a trusted proxy's headers name nobody
 */
export function noteSender(request: IncomingMessage): void {
  const peer = peers.get(request.socket);
  if (!peer) throw new CommonError('ValidationException', 'The connection has no address.');
  const { trusted } = peer;
  // Whoever is at the other end has sent it: as every request of the connection.
  if (!trusted) return;
  const client = forwardedClient(peer, forwardingIn(request), trusted);
  if (client === peer) return;
  const { address, secure } = client;
  senders.set(request, { address, secure, certificate: undefined, isDirect: false });
}

/** Of a request that came by a Unix socket: it has no address, and nobody can listen. */
export function noteSocketSender(request: IncomingMessage): void {
  senders.set(request, { address: '', secure: true, certificate: undefined, isDirect: true });
}

const forwardingIn = ({ headers }: IncomingMessage): ForwardingHeaders => ({
  'x-forwarded-for': headers['x-forwarded-for'],
  'x-forwarded-proto': headers['x-forwarded-proto'],
});

/** Who sent a request that was noted: its proxy's word for it, else the peer of its connection. */
export function senderOf(request: IncomingMessage): Sender {
  const sender = senders.get(request) ?? peers.get(request.socket);
  if (!sender) throw new Error('nobody has looked who sent the request');
  return sender;
}

function ignore(): void {}

/** No two connections have the same at a time. */
const placeOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket) =>
  [remoteAddress, remotePort, localAddress, localPort].join(' ');

/** A certificate was presented that isn't good: where none is needed the TLS server lets it pass. */
const isRefused = (socket: TLSSocket) => !socket.authorized && certificateOf(socket) !== undefined;

function certificateOf(socket: TLSSocket): TlsFacts['certificate'] {
  const shown: Partial<DetailedPeerCertificate> | null = socket.getPeerCertificate(true);
  if (!shown?.fingerprint256) return undefined;
  const names = Object.entries(shown.subject ?? {}).map(([name, value]) => `${name}=${value}`);
  return { subject: names.join(', '), fingerprint: shown.fingerprint256 };
}
