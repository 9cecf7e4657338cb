/** Who gets the audit trail in tests: real receivers of syslog and of HTTP that can be killed and come back. */
import { once } from 'node:events';
import { createServer as createHttp, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';
import { createServer as createTls, Server as TlsServer } from 'node:tls';

export interface TrailReceiver {
  /** Where it listens, as a setting has it. */
  readonly url: string;
  /** The records, in order, as they came. */
  readonly records: { readonly eventID: string }[];
  /** Nobody listens, connections are cut as of a process that has died. */
  kill(): Promise<void>;
  /** At the same address. */
  revive(): Promise<void>;
  /** Dies as soon as it has so many records. */
  dieAt: number;
}

abstract class Base implements TrailReceiver {
  readonly records: { eventID: string }[] = [];
  dieAt = Number.POSITIVE_INFINITY;
  protected port = 0;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  abstract get url(): string;
  protected abstract make(): Server;

  async revive(): Promise<void> {
    const server = this.make();
    const remember = (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
    };
    // With TLS the socket below is no longer its own.
    server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', remember);
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  protected take(record: { eventID: string }): void {
    if (this.records.length >= this.dieAt) return;
    this.records.push(record);
    if (this.records.length === this.dieAt) void this.kill();
  }
}

/** Takes messages with their length before them. */
export class SyslogServer extends Base {
  /** What stands before each record. */
  readonly headers: string[] = [];
  readonly #tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;

  /** @param tls with which it is `tls://`; else it is `tcp://` */
  constructor(tls?: { readonly cert: Buffer; readonly key: Buffer }) {
    super();
    this.#tls = tls;
  }

  get url(): string {
    return this.#tls ? `tls://localhost:${this.port}` : `tcp://127.0.0.1:${this.port}`;
  }

  protected make(): Server {
    const read = (socket: Socket) => {
      let rest: Buffer = Buffer.alloc(0);
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => {
        rest = this.#frames(Buffer.concat([rest, chunk]));
      });
    };
    if (!this.#tls) return createTcp(read);
    return createTls(this.#tls, read).on('tlsClientError', () => undefined);
  }

  /** @returns what is no whole frame yet */
  #frames(octets: Buffer): Buffer {
    let rest = octets;
    for (;;) {
      const blank = rest.indexOf(' ');
      const length = Number(rest.subarray(0, Math.max(0, blank)).toString());
      if (blank < 1 || rest.length < blank + 1 + length) return rest;
      const message = rest.subarray(blank + 1, blank + 1 + length).toString();
      const start = message.indexOf('{');
      this.headers.push(message.slice(0, start));
      this.take(JSON.parse(message.slice(start)));
      rest = rest.subarray(blank + 1 + length);
    }
  }
}

/** Takes posts. */
export class WebhookServer extends Base {
  readonly posts: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  /** What it answers. */
  status = 204;

  get url(): string {
    return `http://127.0.0.1:${this.port}/trail`;
  }

  protected make(): Server {
    return createHttp((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        if (this.status < 300) {
          this.posts.push({ headers: request.headers, body });
          for (const record of JSON.parse(body).Records) this.take(record);
        }
        response.writeHead(this.status).end();
      });
    });
  }
}
