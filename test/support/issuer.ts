/** An OpenID Connect issuer of the test's own, on loopback, with a certificate authority by OpenSSL. */
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';

type Answer = { readonly status?: number; readonly body: string; readonly location?: string };

export class Issuer {
  readonly #dir = mkdtempSync(join(tmpdir(), 'strongroom-oidc-'));
  #server: Server | undefined;
  #key: CryptoKey | undefined;
  #kid = 0;
  #port = 0;
  #jwks: object = {};
  /** Answers in place of the real ones, by path. */
  readonly answers = new Map<string, Answer | 'hang'>();
  /** A server that answers what the issuer itself doesn't: the issuer is then its TLS front. */
  upstream: string | undefined;
  /** How often the keys were read. */
  reads = 0;
  /** How many connections were made. */
  connections = 0;

  async start(): Promise<void> {
    this.#makeCertificates();
    await this.rotate();
    const file = (name: string) => readFileSync(join(this.#dir, name));
    const chain = Buffer.concat([file('leaf.crt'), file('ca.crt')]);
    this.#server = createServer({ key: file('leaf.key'), cert: chain }, (request, response) => {
      const path = request.url ?? '';
      if (path === '/jwks') this.reads += 1;
      const { upstream } = this;
      if (upstream !== undefined) {
        void fetch(`${upstream}${path}`).then(async (found) =>
          response.writeHead(found.status).end(await found.text()),
        );
        return;
      }
      const answer = this.answers.get(path) ?? this.#answer(path);
      if (answer === 'hang') return;
      const headers = answer.location ? { location: answer.location } : {};
      response.writeHead(answer.status ?? 200, headers).end(answer.body);
    });
    this.#server.on('connection', () => {
      this.connections += 1;
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Ends what hangs. */
  release(): void {
    this.#server?.closeAllConnections();
  }

  stop(): void {
    this.release();
    this.#server?.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  get url(): string {
    return `https://localhost:${this.#port}`;
  }

  /** SHA-1 of the authority's certificate. */
  get thumbprint(): string {
    const ca = new X509Certificate(readFileSync(join(this.#dir, 'ca.crt')));
    return ca.fingerprint.replaceAll(':', '').toLowerCase();
  }

  /** A new signing key in place of the old one. */
  async rotate(named: { readonly kid?: string } = {}): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    this.#kid += 1;
    this.#key = privateKey;
    const jwk = { ...(await exportJWK(publicKey)), kid: String(this.#kid), alg: 'ES256', ...named };
    this.#jwks = { keys: [jwk] };
  }

  async token(
    claims: Readonly<Record<string, unknown>> = {},
    header: object = {},
  ): Promise<string> {
    if (!this.#key) throw new Error('the issuer has not started');
    const now = Math.floor(Date.now() / 1000);
    const standard = { iss: this.url, sub: 'job', aud: 'ci', iat: now, exp: now + 300 };
    return new SignJWT({ ...standard, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: String(this.#kid), ...header })
      .sign(this.#key);
  }

  #answer(path: string): Answer {
    if (path === '/jwks') return { body: JSON.stringify(this.#jwks) };
    if (path !== '/.well-known/openid-configuration') return { status: 404, body: '' };
    return { body: JSON.stringify({ issuer: this.url, jwks_uri: `${this.url}/jwks` }) };
  }

  #makeCertificates(): void {
    const openssl = (...args: string[]) =>
      execFileSync('openssl', args, { cwd: this.#dir, stdio: 'pipe' });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-subj',
      '/CN=Test CA',
      '-days',
      '2',
    );
    openssl('req', ...key, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', '/CN=localhost');
    writeFileSync(join(this.#dir, 'san.cnf'), 'subjectAltName=DNS:localhost\n');
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'san.cnf'];
    openssl('x509', '-req', '-in', 'leaf.csr', ...signed, '-out', 'leaf.crt', '-days', '2');
  }
}
