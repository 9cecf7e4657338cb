import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { REGION, type Strongroom } from './strongroom.js';

/** A request as a test wants it on the wire. Everything has a default but the target. */
export interface RawCall {
  /** The operation of an AWS JSON call; it makes X-Amz-Target and the Content-Type. */
  readonly operation?: string;
  readonly method?: string;
  /** As it goes on the wire, percent-encoded. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly region?: string;
  readonly service?: string;
  readonly signedAt?: Date;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly signed?: boolean;
  /** Sends the body in chunks, without a Content-Length. */
  readonly chunked?: boolean;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends what no SDK would send. Signs with AWS's own signer unless told not to. */
export class RawClient {
  readonly #strongroom: Strongroom;
  readonly #host: string;
  readonly #port: number;

  constructor(strongroom: Strongroom) {
    const { hostname, port } = new URL(strongroom.endpoint);
    this.#strongroom = strongroom;
    this.#host = hostname;
    this.#port = Number(port);
  }

  /** The headers of a call, with its signature. */
  async headers(call: RawCall): Promise<Record<string, string>> {
    const body = Buffer.from(call.body ?? '');
    const headers: Record<string, string> = {
      host: `${this.#host}:${this.#port}`,
      ...(call.operation !== undefined && {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `TrentService.${call.operation}`,
      }),
      ...(call.chunked
        ? { 'transfer-encoding': 'chunked' }
        : { 'content-length': `${body.length}` }),
      ...call.headers,
    };
    if (call.signed === false) return headers;
    const own = await this.#strongroom.credentials();
    const signer = new SignatureV4({
      service: call.service ?? 'kms',
      region: call.region ?? REGION,
      credentials: {
        accessKeyId: call.accessKeyId ?? own.accessKeyId,
        secretAccessKey: call.secretAccessKey ?? own.secretAccessKey,
      },
      sha256: Sha256,
      applyChecksum: false,
    });
    const { path = '/' } = call;
    const mark = path.includes('?') ? path.indexOf('?') : path.length;
    const signed = await signer.sign(
      {
        method: call.method ?? 'POST',
        protocol: 'http:',
        hostname: this.#host,
        path: path.slice(0, mark),
        query: queryOf(path.slice(mark + 1)),
        headers,
        body,
      },
      { signingDate: call.signedAt ?? new Date() },
    );
    return signed.headers;
  }

  async call(call: RawCall): Promise<RawAnswer> {
    const outgoing = request({
      host: this.#host,
      port: this.#port,
      method: call.method ?? 'POST',
      path: call.path ?? '/',
      headers: await this.headers(call),
      agent: false,
    });
    // A server that refuses a body early may close the connection after its answer.
    outgoing.on('error', () => undefined);
    outgoing.end(Buffer.from(call.body ?? ''));
    const [incoming] = await once(outgoing, 'response');
    return {
      status: incoming.statusCode,
      headers: incoming.headers,
      body: await text(incoming),
    };
  }

  /** A successful AWS JSON call's answer. */
  async ask(operation: string, members: object | string): Promise<Record<string, unknown>> {
    const body = typeof members === 'string' ? members : JSON.stringify(members);
    const answer = await this.call({ operation, body });
    if (answer.status !== 200) throw new Error(`${operation}: ${answer.status} ${answer.body}`);
    return answer.body === '' ? {} : JSON.parse(answer.body);
  }

  /** The request as text, ready for a socket. */
  async wireText(call: RawCall): Promise<string> {
    const headers = Object.entries(await this.headers(call)).map(
      ([name, value]) => `${name}: ${value}`,
    );
    return `${[`${call.method ?? 'POST'} ${call.path ?? '/'} HTTP/1.1`, ...headers].join('\r\n')}\r\n\r\n${call.body ?? ''}`;
  }

  async socket(): Promise<Socket> {
    const socket = connect(this.#port, this.#host);
    await once(socket, 'connect');
    return socket;
  }
}

/** The pairs of a query, those that come twice included. */
function queryOf(search: string): Record<string, string[]> {
  const pairs = new URLSearchParams(search);
  return Object.fromEntries([...new Set(pairs.keys())].map((name) => [name, pairs.getAll(name)]));
}
