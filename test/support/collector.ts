/** An OpenTelemetry collector that remembers what it was sent. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { exportRequest } from '../../src/observe/otlp-exporter.js';

type SentSpan = ReturnType<
  typeof exportRequest
>['resourceSpans'][number]['scopeSpans'][number]['spans'][number];

export class Collector {
  /** Of the next answers; 200 when there is none. */
  readonly statuses: number[] = [];
  readonly requests: {
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
  }[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const body = await text(request);
      this.requests.push({ path: request.url ?? '', headers: request.headers, body });
      response.writeHead(this.statuses.shift() ?? 200, { 'Content-Type': 'application/json' });
      response.end('{}');
    });
  }

  static async start(): Promise<Collector> {
    const collector = new Collector();
    collector.#server.listen(0, '127.0.0.1');
    await once(collector.#server, 'listening');
    return collector;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** All spans so far, in the order in which they came. */
  get spans(): SentSpan[] {
    return this.requests.flatMap(({ body }) => {
      const sent: ReturnType<typeof exportRequest> = JSON.parse(body);
      return sent.resourceSpans.flatMap(({ scopeSpans }) =>
        scopeSpans.flatMap(({ spans }) => spans),
      );
    });
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
