/** Who sees metrics and the API's description, and where. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeLog } from '../../src/observe/log.js';
import { Metrics } from '../../src/observe/metrics.js';
import { endpointHandler, internalHandler } from '../../src/protocols/http/handler.js';
import type { Audience } from '../../src/protocols/http/internal-pages.js';
import { HttpServer } from '../../src/protocols/http/server.js';
import { cloudTrail } from '../../src/services/cloudtrail/service.js';
import { iam, sts } from '../../src/services/iam/service.js';
import { kms } from '../../src/services/kms/service.js';
import { tagging } from '../../src/services/tagging/service.js';
import { Strongroom } from '../support/strongroom.js';

const TOKEN = 'token-of-the-operators-0123456789';
const PAGES = { '/metrics': 'metrics', '/openapi.json': 'docs', '/docs/': 'docs' } as const;
type Page = keyof typeof PAGES;
const pages = Object.keys(PAGES) as Page[];

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

async function statusOf(address: string, page: string, headers: Record<string, string> = {}) {
  const response = await fetch(new URL(page, address), { headers });
  await response.arrayBuffer();
  return response.status;
}

describe('of two addresses', () => {
  const metrics = new Metrics();
  const log = makeLog({ level: 'error', destination: { write: () => undefined } });
  const services = [kms, iam, sts, tagging, cloudTrail].map((service) => ({ service })) as never[];
  let servers: HttpServer[] = [];

  afterEach(async () => {
    for (const server of servers) await server.close();
    servers = [];
  });

  async function listening(audience: Record<'metrics' | 'docs', Audience>, way: Way) {
    const options = {
      pages: { services, metrics, audience, bearerToken: way.token ? TOKEN : undefined },
      ...{
        readiness: () => ({ parts: [], warnings: [] }),
        log,
        services,
        peers: undefined,
        peerPublicKey: '',
      },
      ...{ bodies: undefined as never, pagesElsewhere: way.listen, issuers: undefined as never },
    };
    const limits = { maxConnections: 10, headersTimeoutMs: 1000, requestTimeoutMs: 1000 };
    const place = { host: '127.0.0.1', port: 0, ...limits };
    const endpoint = new HttpServer(place, endpointHandler(options));
    const internal = new HttpServer(place, internalHandler(options));
    servers.push(endpoint, internal);
    return { endpoint: await endpoint.listen(), internal: await internal.listen() };
  }

  interface Way {
    readonly listen: boolean;
    readonly token: boolean;
  }

  const audiences: readonly Audience[] = ['public', 'internal', 'off'];
  const ways: readonly Way[] = [
    { listen: true, token: true },
    { listen: true, token: false },
    { listen: false, token: true },
  ];
  const rows = audiences.flatMap((ofMetrics) =>
    audiences.flatMap((ofDocs) => ways.map((way) => ({ ofMetrics, ofDocs, ...way }))),
  );

  it.each(rows)(
    'metrics $ofMetrics, docs $ofDocs (address: $listen, token: $token)',
    async ({ ofMetrics, ofDocs, ...way }) => {
      const audience = { metrics: ofMetrics, docs: ofDocs };
      const { endpoint, internal } = await listening(audience, way);
      const asked = way.token ? 401 : 200;
      for (const page of pages) {
        const whose = audience[PAGES[page]];
        const atEndpoint = { public: 200, internal: way.listen ? 404 : asked, off: 404 }[whose];
        const elsewhere = { public: 404, internal: asked, off: 404 }[whose];
        expect([page, await statusOf(endpoint, page)]).toEqual([page, atEndpoint]);
        expect([page, await statusOf(internal, page)]).toEqual([page, elsewhere]);
        for (const [address, status] of [
          [endpoint, atEndpoint],
          [internal, elsewhere],
        ] as const) {
          expect(await statusOf(address, page, bearer(TOKEN))).toBe(status === 401 ? 200 : status);
        }
      }
      for (const address of [endpoint, internal]) {
        expect(await statusOf(address, '/healthz')).toBe(200);
        expect(await statusOf(address, '/readyz')).toBe(200);
      }
      // What is told at length is for whom the metrics are for; to others it is as without.
      const atLength = ofMetrics === 'internal' && way.token ? 401 : 200;
      const isThere = ofMetrics === 'internal';
      expect(await statusOf(internal, '/readyz?verbose')).toBe(isThere ? atLength : 200);
      expect(await statusOf(endpoint, '/readyz?verbose')).toBe(way.listen ? 200 : atLength);
    },
  );

  it.each([
    ['no token', {}],
    ['another token', bearer(`${TOKEN}x`)],
    ['the beginning of the token', bearer(TOKEN.slice(0, -1))],
    ['an empty token', { authorization: 'Bearer ' }],
    ['the token as a user name', basic(TOKEN, '')],
    ['another password', basic('operator', 'x')],
    ['the token without a scheme', { authorization: TOKEN }],
    ['another scheme', { authorization: `Digest ${TOKEN}` }],
  ])('internal ones are refused with %s', async (_, headers) => {
    const { endpoint } = await listening(
      { metrics: 'internal', docs: 'internal' },
      { listen: false, token: true },
    );
    for (const page of [...pages, '/docs', '/docs/swagger-ui.css', '/metrics?x']) {
      const response = await fetch(new URL(page, endpoint), { headers });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe(
        'Bearer realm="Strongroom", Basic realm="Strongroom"',
      );
      expect(await response.text()).not.toContain(TOKEN);
    }
  });

  it.each([
    ['a bearer token', bearer(TOKEN)],
    ['a scheme in capitals', { authorization: `BEARER ${TOKEN}` }],
    ['a password', basic('anybody', TOKEN)],
    ['a password without a user name', basic('', TOKEN)],
  ])('internal ones are shown for %s', async (_, headers) => {
    const { endpoint } = await listening(
      { metrics: 'internal', docs: 'internal' },
      { listen: false, token: true },
    );
    for (const page of pages) expect(await statusOf(endpoint, page, headers)).toBe(200);
  });
});

describe('a server with an internal address', () => {
  let strongroom: Strongroom;
  let internal: string;

  beforeAll(async () => {
    strongroom = await Strongroom.create({
      yaml: {
        ...{ metrics: 'internal', docs: 'off' },
        internal: { listen: '127.0.0.1:0', bearerTokenFile: 'token' },
      },
    });
    await writeFile(join(strongroom.dir, 'token'), `${TOKEN}\n`, { mode: 0o600 });
    await strongroom.start();
    internal = /"address":"([^"]+)"/.exec(strongroom.log)?.[1] ?? '';
  });
  afterAll(() => strongroom.dispose());

  it('shows its metrics there, to whoever has the token', async () => {
    expect(await statusOf(strongroom.endpoint, '/metrics', bearer(TOKEN))).toBe(404);
    expect(await statusOf(internal, '/metrics')).toBe(401);
    const response = await fetch(new URL('/metrics', internal), { headers: bearer(TOKEN) });
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await response.text()).toContain('strongroom_root_token_usable 1');
  });

  it('takes no calls there', async () => {
    const calls = [
      { method: 'POST', path: '/', headers: { 'x-amz-target': 'TrentService.ListKeys' } },
      { method: 'GET', path: '/v1/keys', headers: {} },
      { method: 'POST', path: '/peer/v1', headers: {} },
    ];
    for (const { method, path, headers } of calls) {
      const response = await fetch(new URL(path, internal), { method, headers });
      expect(response.status).toBe(404);
    }
  });

  it('never writes the token down', () => {
    expect(strongroom.log).not.toContain(TOKEN);
  });
});
