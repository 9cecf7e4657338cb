/**
 * The load generator: keep-alive connections that each send the next request when the last one is
 * answered. Requests are ready-made bytes, and only what tells the end of an answer is read, because
 * the generator shares the machine with what it measures.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const OK = 'HTTP/1.1 200 ';
const HEAD_END = '\r\n\r\n';
const CONTENT_LENGTH = /\r\ncontent-length: (\d+)\r\n/i;

/** What was answered within the time. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds of each request. */
  readonly latencies: number[];
}

/** A load that goes on until it is stopped. */
export class Load {
  readonly #requests: readonly Buffer[];
  readonly #sockets: Socket[] = [];
  readonly #idle: Promise<void>[] = [];
  #next = 0;
  #stopping = false;
  #failure: Error | undefined;
  #onAnswer: (() => void) | undefined;
  #latencies: number[] = [];
  #since = 0;

  private constructor(requests: readonly Buffer[]) {
    this.#requests = requests;
  }

  /** Opens the connections and begins; `requests` are sent in turn, over and over. */
  static async start(
    endpoint: string,
    requests: readonly Buffer[],
    connections: number,
  ): Promise<Load> {
    const load = new Load(requests);
    const { hostname, port } = new URL(endpoint);
    for (let count = 0; count < connections; count += 1) {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      await once(socket, 'connect');
      load.#sockets.push(socket);
    }
    load.#since = performance.now();
    for (const socket of load.#sockets) load.#idle.push(load.#drive(socket));
    return load;
  }

  /** What was answered since the last call, or since the start. @throws Error if a request failed. */
  take(): LoadResult {
    if (this.#failure) throw this.#failure;
    const now = performance.now();
    const taken = this.#latencies;
    const seconds = (now - this.#since) / 1000;
    this.#latencies = [];
    this.#since = now;
    return { requests: taken.length, seconds, latencies: taken };
  }

  /** Settles when there is an answer to take, or a failure: on a busy machine a window may have none. */
  async answered(): Promise<void> {
    if (this.#latencies.length > 0 || this.#failure) return;
    await new Promise<void>((resolve) => {
      this.#onAnswer = resolve;
    });
  }

  /** Sends no more, waits for the answers under way and closes the connections. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#idle);
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Resolves when the connection has nothing more to do. */
  #drive(socket: Socket): Promise<void> {
    return new Promise((resolve) => {
      let sentAt = 0;
      let received = '';
      const send = () => {
        const request = this.#requests[this.#next % this.#requests.length];
        if (this.#stopping || this.#failure || !request) return resolve();
        this.#next += 1;
        received = '';
        sentAt = performance.now();
        socket.write(request);
      };
      const fail = (why: string) => {
        this.#failure ??= new Error(`a request of the bench failed: ${why}`);
        this.#onAnswer?.();
        resolve();
      };
      // Latin-1: one character is one octet, so lengths can be compared.
      socket.setEncoding('latin1');
      socket.on('data', (chunk: string) => {
        received = received === '' ? chunk : received + chunk;
        if (!isWhole(received)) return;
        if (!received.startsWith(OK)) return fail(received);
        this.#latencies.push(performance.now() - sentAt);
        this.#onAnswer?.();
        send();
      });
      socket.on('error', (error) => fail(error.message));
      socket.on('end', () => fail('the server closed the connection'));
      send();
    });
  }
}

/** Runs a load for a while, the first `warmUpMs` of it uncounted. */
export async function measureLoad(
  load: Load,
  { warmUpMs, measureMs }: { readonly warmUpMs: number; readonly measureMs: number },
  around: <T>(work: () => Promise<T>) => Promise<T> = (work) => work(),
): Promise<LoadResult> {
  try {
    await wait(warmUpMs);
    load.take();
    return await around(async () => {
      await wait(measureMs);
      await load.answered();
      return load.take();
    });
  } finally {
    await load.stop();
  }
}

function isWhole(received: string): boolean {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd === -1) return false;
  const length = CONTENT_LENGTH.exec(received.slice(0, headEnd + 2))?.[1];
  return received.length >= headEnd + HEAD_END.length + Number(length ?? 0);
}
