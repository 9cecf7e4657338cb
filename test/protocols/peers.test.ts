/** Who a request is said to come from, over real connections: plain, TLS, and with the PROXY protocol. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TlsFiles } from '../../src/protocols/http/certificate.js';
import { noteSender, type ProxyOptions, senderOf } from '../../src/protocols/http/peers.js';
import { HttpServer } from '../../src/protocols/http/server.js';
import { binaryHeader, tlv } from '../support/proxy-header.js';

const HERE = '127.0.0.1';
const CLIENT = '192.0.2.1';
const HEADERS_TIMEOUT_MS = 300;
const LINE = `PROXY TCP4 ${CLIENT} 10.0.0.1 56324 443\r\n`;
const BINARY = { family: 0x11, source: [192, 0, 2, 1], destination: [10, 0, 0, 1] };
const SSL = tlv(0x20, [1, 0, 0, 0, 0]);

const dir = mkdtempSync(join(tmpdir(), 'strongroom-peers-'));
const at = (name: string) => join(dir, name);
const files = { cert: at('server.crt'), key: at('server.key') };

/** A key, and a certificate by an authority of this name; of its own where it has the same. */
function issue(name: string, authority: string): void {
  const run = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe', cwd: dir });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const named = ['-subj', `/O=Tests/CN=${name}`, '-days', '2', '-keyout', `${name}.key`];
  if (name === authority) {
    run('req', '-x509', ...key, ...named, '-out', `${name}.crt`);
    return;
  }
  run('req', ...key, ...named, '-out', `${name}.csr`);
  const by = ['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`, '-CAcreateserial'];
  run('x509', '-req', '-in', `${name}.csr`, ...by, '-days', '2', '-out', `${name}.crt`);
}

let server: HttpServer | undefined;
let port = 0;

beforeAll(() => {
  for (const [name, by] of [
    ['server', 'server'],
    ['authority', 'authority'],
    ['client', 'authority'],
    ['other', 'other'],
    ['stranger', 'other'],
  ] as const) {
    issue(name, by);
  }
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});
afterAll(() => rmSync(dir, { recursive: true }));

async function listen(proxies: Partial<ProxyOptions>, tls?: TlsFiles): Promise<void> {
  const limits = { maxConnections: 20, headersTimeoutMs: HEADERS_TIMEOUT_MS };
  server = new HttpServer(
    {
      ...{ host: HERE, port: 0, tls, ...limits, requestTimeoutMs: 1000 },
      proxies: { trustedProxies: [], proxyProtocol: false, ...proxies },
    },
    (request, response) => {
      try {
        noteSender(request);
        response.end(JSON.stringify(senderOf(request)));
      } catch (error) {
        response.statusCode = 400;
        response.end(String(error));
      }
    },
  );
  port = Number(new URL(await server.listen()).port);
}

async function connected(): Promise<Socket> {
  const socket = createConnection(port, HERE);
  await once(socket, 'connect');
  return socket;
}

/** Everything that comes until the connection is closed, even by a reset. */
async function untilClosed(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

const request = (headers: string) =>
  `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`;
const FORWARDED = `X-Forwarded-For: 203.0.113.9, ${CLIENT}\r\nX-Forwarded-Proto: https\r\n`;

/** What the server makes of octets: the sender, its refusal, or nothing. */
async function sent(octets: string | Buffer, socket?: Socket) {
  const over = socket ?? (await connected());
  const answer = untilClosed(over);
  over.write(octets);
  const text = await answer;
  const body = text.split('\r\n\r\n')[1];
  if (body === undefined) return 'closed';
  return text.startsWith('HTTP/1.1 200') ? senderIn(body) : text.slice(9, 12);
}

function senderIn(body: string) {
  const { address, secure } = JSON.parse(body);
  return { address, secure };
}

async function overTls(options: object = {}, begun?: Socket): Promise<TLSSocket> {
  const socket = connect({
    ...(begun ? { socket: begun } : { host: HERE, port }),
    rejectUnauthorized: false,
    ...options,
  });
  await once(socket, 'secureConnect');
  return socket;
}

describe('headers of a proxy', () => {
  it('are believed from a trusted one', async () => {
    await listen({ trustedProxies: [HERE] });
    expect(await sent(request(FORWARDED))).toEqual({ address: CLIENT, secure: true });
    expect(await sent(request(''))).toEqual({ address: HERE, secure: false });
    expect(await sent(request('X-Forwarded-For: unknown\r\n'))).toBe('400');
  });

  it('mean nothing from anybody else', async () => {
    await listen({ trustedProxies: ['10.0.0.0/8'] });
    expect(await sent(request(FORWARDED))).toEqual({ address: HERE, secure: false });
    expect(await sent(request('X-Forwarded-For: unknown\r\n'))).toMatchObject({ address: HERE });
  });

  it('say more than its own connection, TLS or not', async () => {
    await listen({ trustedProxies: [HERE] }, files);
    const insecure = 'X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\n';
    expect(await sent(request(insecure), await overTls())).toEqual({
      ...{ address: CLIENT, secure: false },
    });
    expect(await sent(request(''), await overTls())).toEqual({ address: HERE, secure: true });
  });

  it('are each request’s own on one connection', async () => {
    await listen({ trustedProxies: [HERE] });
    const socket = await connected();
    const answer = untilClosed(socket);
    socket.write(
      `GET / HTTP/1.1\r\nHost: x\r\n${FORWARDED}\r\n${request('X-Forwarded-For: 192.0.2.77\r\n')}`,
    );
    const text = await answer;
    expect([...text.matchAll(/"address":"([^"]+)"/g)].map(([, address]) => address)).toEqual([
      CLIENT,
      '192.0.2.77',
    ]);
  });
});

describe('the PROXY protocol', () => {
  const PROXIES = { trustedProxies: [HERE], proxyProtocol: true };

  it.each<[string, Buffer, unknown]>([
    ['version 1', Buffer.from(LINE), { address: CLIENT, secure: false }],
    ['version 2', binaryHeader(BINARY), { address: CLIENT, secure: false }],
    ['TLS at the proxy', binaryHeader({ ...BINARY, rest: SSL }), { address: CLIENT, secure: true }],
    ['LOCAL', binaryHeader({ ...BINARY, command: 0x20 }), { address: HERE, secure: false }],
    ['UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n'), { address: HERE, secure: false }],
  ])(
    '%s is read before the request, whose headers are the client’s own',
    async (_, header, sender) => {
      await listen(PROXIES);
      const octets = Buffer.concat([header, Buffer.from(request(FORWARDED))]);
      expect(await sent(octets)).toEqual(sender);
    },
  );

  it('is read octet by octet', async () => {
    await listen(PROXIES);
    const socket = await connected();
    socket.setNoDelay(true);
    const answer = untilClosed(socket);
    for (const octet of LINE + request('')) {
      socket.write(octet);
      await new Promise(setImmediate);
    }
    expect(senderIn((await answer).split('\r\n\r\n')[1] ?? '')).toMatchObject({ address: CLIENT });
  });

  it('says for which proxy a trusted one asks, whose headers are believed then', async () => {
    await listen({ ...PROXIES, trustedProxies: [HERE, '10.0.0.0/8'] });
    const header = LINE.replace(CLIENT, '10.0.0.9');
    expect(await sent(header + request(FORWARDED))).toEqual({ address: CLIENT, secure: true });
  });

  it('goes before TLS, which is the client’s then', async () => {
    await listen(PROXIES, files);
    const socket = await connected();
    socket.write(LINE);
    const sender = await sent(request(FORWARDED), await overTls({}, socket));
    expect(sender).toEqual({ address: CLIENT, secure: true });
  });

  it.each([
    ['a request', request('')],
    ['half a header and an end', LINE.replace('\r\n', '\n') + request('')],
    ['another protocol', LINE.replace('TCP4', 'UDP4') + request('')],
  ])('without it a trusted proxy’s connection is closed: %s', async (_, octets) => {
    await listen(PROXIES);
    expect(await sent(octets)).toBe('closed');
  });

  it('that does not come is not waited for', async () => {
    await listen(PROXIES);
    expect(await untilClosed(await connected())).toBe('');
  });

  it('means nothing from anybody else', async () => {
    await listen({ ...PROXIES, trustedProxies: ['10.0.0.0/8'] });
    expect(await sent(LINE + request(''))).toBe('400');
    expect(await sent(request(FORWARDED))).toEqual({ address: HERE, secure: false });
  });
});

it('a connection that is reset while its request comes has its address, or no request', async () => {
  const seen: unknown[] = [];
  server = new HttpServer(
    { host: HERE, port: 0, maxConnections: 500, headersTimeoutMs: 1000, requestTimeoutMs: 1000 },
    async (asked) => {
      noteSender(asked);
      asked.on('error', () => undefined).resume();
      // As a body is read before anybody is asked who sent it.
      await new Promise(setImmediate);
      seen.push(senderOf(asked).address);
    },
  );
  port = Number(new URL(await server.listen()).port);
  for (let times = 0; times < 100; times += 1) {
    const socket = await connected();
    socket.on('error', () => undefined);
    socket.write(request(''), () => socket.resetAndDestroy());
  }
  await expect.poll(() => seen.length).toBeGreaterThan(0);
  expect(new Set(seen)).toEqual(new Set([HERE]));
});

describe('certificates of clients', () => {
  const holding = (name: string) => ({ cert: pem(`${name}.crt`), key: pem(`${name}.key`) });
  const pem = (name: string) => execFileSync('cat', [at(name)]);
  const asking = { ...files, clientCa: at('authority.crt') };

  /** @returns the certificate that the server has seen, or that it has closed the connection */
  async function shown(options: object): Promise<unknown> {
    const socket = connect({ host: HERE, port, rejectUnauthorized: false, ...options });
    const answer = untilClosed(socket);
    socket.write(request(''));
    const body = (await answer).split('\r\n\r\n')[1];
    return body === undefined ? 'closed' : JSON.parse(body).certificate?.subject;
  }

  it.each([
    ['required', 'client', 'O=Tests, CN=client'],
    ['required', 'stranger', 'closed'],
    ['required', undefined, 'closed'],
    ['optional', 'client', 'O=Tests, CN=client'],
    ['optional', 'stranger', 'closed'],
    ['optional', undefined, undefined],
  ] as const)('%s: of %s', async (clientCertificates, name, expected) => {
    await listen({}, { ...asking, clientCertificates });
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] satisfies SecureVersion[]) {
      expect(await shown({ maxVersion, ...(name && holding(name)) })).toBe(expected);
    }
  });

  it('are asked for by nobody unless an authority is set', async () => {
    await listen({}, files);
    expect(await shown(holding('stranger'))).toBeUndefined();
  });

  it('are by the authority that was read last', async () => {
    const authority = at('changing.crt');
    writeFileSync(authority, pem('authority.crt'));
    await listen({}, { ...asking, clientCa: authority });
    const before = await overTls(holding('client'));
    const session = new Promise((resolve) => before.once('session', resolve));
    before.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const resumed = { ...holding('client'), session: await session };
    writeFileSync(authority, pem('other.crt'));
    await server?.reload();
    expect(await shown(holding('client'))).toBe('closed');
    expect(await shown(resumed)).toBe('closed');
    expect(await shown(holding('stranger'))).toBe('O=Tests, CN=stranger');
    before.destroy();
  });
});

it('TLS below 1.2 is not spoken', async () => {
  await listen({}, files);
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
  await expect(overTls(old)).rejects.toThrow(/alert protocol version|unsupported protocol/);
});
