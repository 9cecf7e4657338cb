import { once } from 'node:events';
import {
  type AddressInfo,
  createConnection,
  createServer,
  type Server,
  type Socket,
} from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** The way of one server to a PostgreSQL of ours, which a test cuts, makes slow, freezes and opens again. */
export class DatabaseProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #way: 'open' | 'cut' = 'open';
  #delayMs = 0;
  #freezesAfter: string | undefined;
  #thawed: Promise<void> = Promise.resolve();
  #thaw: () => void = () => {};
  /** The database's URL by this way. */
  readonly url: string;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  /** @param url of the database: its `host` is the directory of a Unix socket */
  static async start(url: string): Promise<DatabaseProxy> {
    const database = new URL(url);
    const path = `${database.searchParams.get('host')}/.s.PGSQL.5432`;
    const server = createServer((client) => proxy.#connect(client, path)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const proxied = `postgres://${database.username}@127.0.0.1:${port}${database.pathname}`;
    const proxy = new DatabaseProxy(server, proxied);
    return proxy;
  }

  /** Ends every connection and accepts no other. */
  cut(): void {
    this.#way = 'cut';
    this.#end();
  }

  /** Every answer comes so much later; those that are on their way come no sooner for `open`. */
  slow(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /** No answer comes any more until `open`. */
  freeze(): void {
    this.#thawed = new Promise((resolve) => {
      this.#thaw = resolve;
    });
  }

  /** The same as soon as the transaction that has this in a statement is to be committed. */
  freezeAfter(statement: string): void {
    this.#freezesAfter = statement;
  }

  open(): void {
    this.#way = 'open';
    this.#delayMs = 0;
    this.#thaw();
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #end(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #connect(client: Socket, path: string): void {
    if (this.#way === 'cut') {
      client.destroy();
      return;
    }
    const database = createConnection({ path });
    for (const [socket, other] of [
      [client, database],
      [database, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    let isAwaited = false;
    client.on('data', (chunk) => {
      isAwaited ||= this.#freezesAfter !== undefined && chunk.includes(this.#freezesAfter);
      if (!isAwaited || !chunk.includes('COMMIT')) return;
      isAwaited = false;
      this.#freezesAfter = undefined;
      this.freeze();
    });
    client.pipe(database);
    let answered = Promise.resolve();
    database.on('data', (chunk) => {
      answered = answered.then(async () => {
        if (this.#delayMs > 0) await setTimeout(this.#delayMs, undefined, { ref: false });
        await this.#thawed;
        if (!client.destroyed) client.write(chunk);
      });
    });
  }
}
