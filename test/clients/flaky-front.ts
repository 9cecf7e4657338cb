/**
 * A front before the server that fails as networks and busy servers do: of three requests it refuses
 * the first as this server's throttle would, breaks the connection of the second, and hands on the third.
 * A client that retries as its SDK does by default gets its answer.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { request as requestByTls } from 'node:https';
import type { AddressInfo } from 'node:net';

const THROTTLED = {
  __type: 'ThrottlingException',
  message:
    'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
};

export class FlakyFront {
  readonly #server;
  readonly #behind: URL;
  readonly #ca: string | undefined;
  #requests = 0;

  constructor(endpoint: string, ca: string | undefined) {
    this.#behind = new URL(endpoint);
    this.#ca = ca;
    this.#server = createServer((asked, answer) => this.#serve(asked, answer));
  }

  /** @returns the endpoint. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #serve(asked: IncomingMessage, answer: ServerResponse): void {
    this.#requests += 1;
    const turn = this.#requests % 3;
    if (turn === 1) {
      asked.resume();
      answer.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      answer.end(JSON.stringify(THROTTLED));
    } else if (turn === 2) {
      asked.socket.destroy();
    } else {
      this.#handOn(asked, answer);
    }
  }

  /** With the Host header as it came: the client has signed it. */
  #handOn(asked: IncomingMessage, answer: ServerResponse): void {
    const { protocol, hostname, port } = this.#behind;
    const { method, url: path, headers } = asked;
    const send = protocol === 'https:' ? requestByTls : request;
    const ca = this.#ca === undefined ? {} : { ca: this.#ca };
    const onward = send({ ...ca, hostname, port, method, path, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    onward.once('error', () => answer.destroy());
    asked.pipe(onward);
  }
}
