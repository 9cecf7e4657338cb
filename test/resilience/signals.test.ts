import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { encrypt, endingOf, makeTokenKey } from '../support/clients.js';
import { connectedKeyStore } from '../support/custom-key-store.js';
import { eventually } from '../support/eventually.js';
import { configure, faultyStrongroom } from '../support/faulty-strongroom.js';
import { isAlive } from '../support/processes.js';
import { Strongroom } from '../support/strongroom.js';

const run = promisify(execFile);

let strongroom: Strongroom;
afterEach(() => strongroom.dispose());

describe('SIGHUP', () => {
  const PEM = { cert: 'server.crt', key: 'server.key' };

  /** A new certificate of its own at the place of the old one. */
  async function renew(days = 30): Promise<void> {
    const files = ['-keyout', 'new.key', '-out', 'new.crt'];
    const kind = [
      '-days',
      String(days),
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
    ];
    await run('openssl', ['req', '-x509', ...kind, ...files, '-subj', '/CN=localhost'], {
      cwd: strongroom.dir,
    });
    await rename(join(strongroom.dir, 'new.crt'), join(strongroom.dir, PEM.cert));
    await rename(join(strongroom.dir, 'new.key'), join(strongroom.dir, PEM.key));
  }

  async function shown(): Promise<string> {
    const { port } = new URL(strongroom.endpoint);
    const socket: TLSSocket = connect({ port: Number(port), rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  }

  /** When it ends, by the metrics. */
  async function shownEnd(): Promise<number> {
    const asked = request(`${strongroom.endpoint}/metrics`, { rejectUnauthorized: false });
    asked.end();
    const [response] = await once(asked, 'response');
    const end = /^strongroom_certificate_expiry_timestamp_seconds\{address="endpoint"\} (\d+)$/m;
    return Number(end.exec(await text(response))?.[1]);
  }

  /** Asks without a pause, half of it over new connections. @returns what came of each */
  function load(): () => Promise<Set<unknown>> {
    const endings = new Set<unknown>();
    let going = true;
    const ask = async (agent: Agent | false) => {
      const asked = request(`${strongroom.endpoint}/healthz`, { agent, rejectUnauthorized: false });
      asked.end();
      const [response] = await once(asked, 'response');
      response.resume();
      await once(response, 'end');
      return response.statusCode;
    };
    const all = [new Agent({ keepAlive: true, maxSockets: 1 }), false as const].map(
      async (agent) => {
        while (going) endings.add(await ask(agent).catch((error: unknown) => error));
      },
    );
    return async () => {
      going = false;
      await Promise.all(all);
      return endings;
    };
  }

  it('reads certificates and the log level again; no request is dropped', async () => {
    strongroom = await Strongroom.create();
    await renew();
    const tls = { cert: join(strongroom.dir, PEM.cert), key: join(strongroom.dir, PEM.key) };
    await configure(strongroom, { tls });
    await strongroom.start();
    const before = await shown();
    const ended = load();

    await renew();
    process.kill(strongroom.pid, 'SIGHUP');
    await expect.poll(shown).not.toBe(before);
    const renewed = await shown();

    await writeFile(tls.cert, 'not a certificate');
    process.kill(strongroom.pid, 'SIGHUP');
    await expect.poll(() => strongroom.log).toContain('is no PEM certificate');
    expect(await shown()).toBe(renewed);
    expect(await ended()).toEqual(new Set([200]));

    const firstEnd = await shownEnd();
    await renew(60);
    await configure(strongroom, { tls, log: { level: 'error' } });
    process.kill(strongroom.pid, 'SIGHUP');
    await expect.poll(shown).not.toBe(renewed);
    expect((await shownEnd()) - firstEnd).toBeGreaterThan(29 * 86_400);
    await strongroom.stop();
    expect(strongroom.log).not.toContain('"msg":"stopping"');
  });

  it('is nothing to a server without certificates', async () => {
    strongroom = await Strongroom.start();
    process.kill(strongroom.pid, 'SIGHUP');
    await expect.poll(() => strongroom.log).toContain('were read again');
    await strongroom.stop();
    expect(strongroom.log).toContain('"msg":"stopping"');
  });
});

it('a second SIGTERM ends a server at once that waits for a call, with 1', async () => {
  const { strongroom: faulty, cluster } = await faultyStrongroom({
    yaml: { limits: { requestTimeoutMs: 600_000 } },
    token: { callTimeoutMs: 600_000 },
  });
  strongroom = faulty;
  await strongroom.start();
  const client = await strongroom.client();
  const keyId = await makeTokenKey(client, await connectedKeyStore(strongroom, client));
  const hosts = [...(await strongroom.tokenHosts()).values()];
  const { pid } = strongroom;
  const before = await cluster.calls('C_Encrypt');
  await cluster.set('hang C_Encrypt');
  const ending = endingOf(encrypt(client, keyId));
  await eventually(
    'the call in the token',
    async () => (await cluster.calls('C_Encrypt')) > before,
  );
  process.kill(pid, 'SIGTERM');
  await expect.poll(() => strongroom.log).toContain('"msg":"stopping"');
  await strongroom.stop();
  expect(strongroom.exitCode).toBe(1);
  expect(await ending).not.toBe('answered');
  for (const host of hosts) await expect.poll(() => isAlive(host)).toBe(false);
});

it('SIGTERM to npx ends the server that it has started', async () => {
  strongroom = await Strongroom.create();
  const file = join(strongroom.dir, 'strongroom.yaml');
  await configure(strongroom, { dataDir: strongroom.dataDir });
  const npx = spawn('npx', ['strongroom', 'serve', '--config', file], {
    cwd: resolve('.'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(npx, 'exit').then(([code]) => `npx ended with ${code}`);
  const said = once(createInterface({ input: npx.stdout }), 'line').then(([line]) => line);
  const line = await Promise.race([said, ended]);
  expect(line).toContain('Strongroom serves');
  const started = await descendants(npx.pid ?? 0);
  // At least the server and its root token's host.
  expect(started.length).toBeGreaterThan(1);
  npx.kill('SIGTERM');
  await ended;
  for (const pid of started) await expect.poll(() => isAlive(pid)).toBe(false);
});

async function descendants(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const pids = children.split(' ').filter(Boolean).map(Number);
  return [...pids, ...(await Promise.all(pids.map(descendants))).flat()];
}

it('npm start hands its signals on: it becomes the server', async () => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'));
  expect(scripts.start).toMatch(/^exec node /);
});
