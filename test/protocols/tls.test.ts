/** Clients of the TLS listener that don't come to a handshake, and how many there can be. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { request } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpServer, type ListenOptions } from '../../src/protocols/http/server.js';

const MAX_CONNECTIONS = 5;
const DEADLINE_MS = 500;
/** What begins every ClientHello: a record of 512 octets, of which a few come. Source: RFC 8446, 4 and 5.1. */
const HALF_A_CLIENT_HELLO = '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03';

const dir = mkdtempSync(join(tmpdir(), 'strongroom-tls-'));
const tls = { cert: join(dir, 'server.crt'), key: join(dir, 'server.key') };
let options: ListenOptions;
let server: HttpServer;
let port: number;

beforeAll(async () => {
  const files = ['-keyout', tls.key, '-out', tls.cert];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const named = ['-subj', '/CN=localhost', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...key, ...files, ...named], { stdio: 'pipe' });
  options = {
    ...{ host: '127.0.0.1', port: 0, tls, maxConnections: MAX_CONNECTIONS },
    ...{ headersTimeoutMs: DEADLINE_MS, requestTimeoutMs: 60_000 },
  };
  server = new HttpServer(options, (_, response) => response.end('served'));
  port = Number(new URL(await server.listen()).port);
});
afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true });
});

/** A connection without a handshake. */
async function connected(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** When the server closes it, even by a reset. */
function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined);
  socket.resume();
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

async function served(): Promise<string> {
  const asked = request({ port, host: '127.0.0.1', rejectUnauthorized: false, agent: false });
  asked.end();
  const [answer] = await once(asked, 'response');
  return text(answer);
}

it('is served', async () => {
  expect(await served()).toBe('served');
});

describe('a client whose handshake does not end', () => {
  it.each([
    { name: 'says nothing', sent: '', dribbled: '' },
    { name: 'sends half a ClientHello', sent: HALF_A_CLIENT_HELLO, dribbled: '' },
    { name: 'dribbles its ClientHello', sent: HALF_A_CLIENT_HELLO, dribbled: '\x00' },
  ])('is put off at the deadline: it $name', async ({ sent, dribbled }) => {
    const socket = await connected();
    const begun = performance.now();
    const over = closed(socket);
    socket.write(sent, 'latin1');
    const dribble = setInterval(() => socket.write(dribbled, 'latin1'), DEADLINE_MS / 10);
    try {
      await over;
    } finally {
      clearInterval(dribble);
    }
    expect(performance.now() - begun).toBeGreaterThan(DEADLINE_MS / 2);
  });

  it('holds no place for longer', async () => {
    const silent = await Promise.all(Array.from({ length: MAX_CONNECTIONS }, connected));
    const over = silent.map(closed);
    // One more than there may be is closed before a word.
    await closed(await connected());
    expect(silent.filter(({ destroyed }) => destroyed)).toEqual([]);
    await Promise.all(over);
    expect(await served()).toBe('served');
  });
});

describe('files that are no good are refused with one line', () => {
  const other = join(dir, 'other.key');
  it.each([
    [{ cert: '/nope.crt' }, /^tls\.cert: \/nope\.crt can't be read \(ENOENT\)$/],
    [{ key: '/nope.key' }, /^tls\.key: \/nope\.key can't be read \(ENOENT\)$/],
    [{ cert: tls.key }, /^tls\.cert: \S+server\.key is no PEM certificate$/],
    [{ key: tls.cert }, /^tls\.key: \S+server\.crt is no PEM private key without a passphrase$/],
    [
      { key: other },
      /^tls\.key: \S+other\.key is not the key of the certificate in tls\.cert: \S+$/,
    ],
  ])('%j', async (files, line) => {
    execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', other], { stdio: 'pipe' });
    const wrong = { ...options, tls: { ...tls, ...files } };
    await expect(new HttpServer(wrong, () => undefined).listen()).rejects.toThrow(line);
  });
});

it('a private key that others can write is refused with one line', async () => {
  await chmod(tls.key, 0o622);
  const refused = new HttpServer(options, () => undefined).listen();
  await expect(refused).rejects.toThrow(/^\S+server\.key is writable by others \(mode 0622\); .*$/);
  await chmod(tls.key, 0o600);
});
