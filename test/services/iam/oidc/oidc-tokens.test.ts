import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeLog } from '../../../../src/observe/log.js';
import type { OidcProvider } from '../../../../src/services/iam/directory/entities.js';
import { IssuerAddresses } from '../../../../src/services/iam/oidc/issuer-address.js';
import { OidcTokens, providerName } from '../../../../src/services/iam/oidc/oidc-tokens.js';
import { Issuer } from '../../../support/issuer.js';

const issuer = new Issuer();
let now = Date.now();
let tokens: OidcTokens;
let logged: string[];

/** Issuers on loopback are allowed, but for those who say otherwise. */
function tokensOf(changed: { networks?: string[]; keyHosts?: Record<string, string> } = {}) {
  const { networks = ['127.0.0.0/8', '::1/128'], keyHosts = {} } = changed;
  const destination = { write: (line: string) => void logged.push(JSON.parse(line).reason) };
  const log = makeLog({ level: 'warn', destination });
  return new OidcTokens({
    now: () => now,
    log,
    keyHosts,
    addresses: new IssuerAddresses(networks),
  });
}
let provider: OidcProvider;

beforeAll(() => issuer.start());
afterAll(() => issuer.stop());
beforeEach(() => {
  now = Date.now();
  logged = [];
  tokens = tokensOf();
  const name = providerName(issuer.url);
  provider = {
    kind: 'oidc-provider',
    accountId: '111122223333',
    uniqueId: `arn:aws:iam::111122223333:oidc-provider/${name}`,
    name,
    path: '/',
    createdAt: new Date(),
    tags: {},
    clientIds: ['ci', 'sts.amazonaws.com'],
    thumbprints: [issuer.thumbprint],
  };
});
afterEach(() => issuer.answers.clear());

const INVALID = { code: 'InvalidIdentityToken' };
const UNREACHABLE = {
  code: 'IDPCommunicationError',
  message: 'Error communicating with the identity provider.',
};
const seconds = () => Math.floor(now / 1000);
const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token', () => {
  it('says who calls', async () => {
    const identity = await tokens.verify(provider, await issuer.token());
    expect(identity).toMatchObject({ issuer: issuer.url, subject: 'job', audience: 'ci' });
  });

  it('for several audiences is for the one that is known; azp goes first', async () => {
    const several = await issuer.token({ aud: ['other', 'sts.amazonaws.com'] });
    expect((await tokens.verify(provider, several)).audience).toBe('sts.amazonaws.com');
    const authorized = await issuer.token({ aud: ['ci'], azp: 'other' });
    await expect(tokens.verify(provider, authorized)).rejects.toMatchObject({
      code: 'InvalidIdentityToken',
      message: 'Incorrect token audience',
    });
  });

  it.each<[string, () => Promise<string>, string]>([
    ['for another audience', () => issuer.token({ aud: 'other' }), 'InvalidIdentityToken'],
    [
      'of another issuer',
      () => issuer.token({ iss: 'https://other.example' }),
      'InvalidIdentityToken',
    ],
    ['that has expired', () => issuer.token({ exp: seconds() - 120 }), 'ExpiredTokenException'],
    ['of the future', () => issuer.token({ nbf: seconds() + 600 }), 'InvalidIdentityToken'],
    ['without a subject', () => issuer.token({ sub: undefined }), 'InvalidIdentityToken'],
    ['of several subjects', () => issuer.token({ sub: ['job'] }), 'InvalidIdentityToken'],
    ['of a numbered subject', () => issuer.token({ sub: 7 }), 'InvalidIdentityToken'],
    ['of an empty subject', () => issuer.token({ sub: '' }), 'InvalidIdentityToken'],
    ['for a numbered audience', () => issuer.token({ aud: ['ci', 7] }), 'InvalidIdentityToken'],
    ['for several parties', () => issuer.token({ azp: ['ci', {}] }), 'InvalidIdentityToken'],
    ['that ends at a text', () => issuer.token({ exp: '9999999999' }), 'InvalidIdentityToken'],
    ['that is none', async () => 'a.b.c', 'InvalidIdentityToken'],
    [
      'with a broken signature',
      async () => `${(await issuer.token()).slice(0, -4)}AAAA`,
      'InvalidIdentityToken',
    ],
    [
      'without a signature',
      async () => `${base64({ alg: 'none' })}.${(await issuer.token()).split('.')[1]}.`,
      'InvalidIdentityToken',
    ],
    [
      'signed with the public key as a secret',
      async () => {
        const head = `${base64({ alg: 'HS256', kid: '1' })}.${(await issuer.token()).split('.')[1]}`;
        return `${head}.${createHmac('sha256', 'public').update(head).digest('base64url')}`;
      },
      'InvalidIdentityToken',
    ],
  ])('%s is refused', async (_, make, code) => {
    await expect(make().then((token) => tokens.verify(provider, token))).rejects.toMatchObject({
      code,
    });
  });
});

describe("the issuer's keys", () => {
  it('are read once, and again for a key that is not known, but not at every such token', async () => {
    await tokens.verify(provider, await issuer.token());
    const before = issuer.reads;
    await tokens.verify(provider, await issuer.token());
    expect(issuer.reads).toBe(before);
    await issuer.rotate();
    const rotated = await issuer.token({ exp: seconds() + 3600 });
    await expect(tokens.verify(provider, rotated)).rejects.toMatchObject({
      code: 'InvalidIdentityToken',
    });
    expect(issuer.reads).toBe(before);
    now += 31_000;
    expect(await tokens.verify(provider, rotated)).toMatchObject({ subject: 'job' });
    expect(issuer.reads).toBe(before + 1);
  });

  it('are read again when a signature is not right, since a key may be new under its old id', async () => {
    const kid = { kid: 'always' };
    await tokens.verify(provider, await issuer.token());
    await issuer.rotate(kid);
    now += 31_000;
    const first = await issuer.token({ exp: seconds() + 3600 }, kid);
    expect(await tokens.verify(provider, first)).toMatchObject({ subject: 'job' });
    await issuer.rotate(kid);
    const second = await issuer.token({ exp: seconds() + 3600 }, kid);
    await expect(tokens.verify(provider, second)).rejects.toMatchObject(INVALID);
    now += 31_000;
    expect(await tokens.verify(provider, second)).toMatchObject({ subject: 'job' });
    await issuer.rotate();
  });

  it.each<[string, (old: OidcProvider) => OidcProvider]>([
    ['is made anew', (old) => ({ ...old, createdAt: new Date(old.createdAt.getTime() + 1) })],
    ['trusts another certificate', (old) => ({ ...old, thumbprints: [...old.thumbprints, 'a'] })],
  ])('are read again at once when the provider %s', async (_, change) => {
    const old = await issuer.token();
    await tokens.verify(provider, old);
    await issuer.rotate();
    await expect(tokens.verify(change(provider), old)).rejects.toMatchObject(INVALID);
    const token = await issuer.token();
    expect(await tokens.verify(change(provider), token)).toMatchObject({ subject: 'job' });
  });

  it('are asked for once, however many calls wait for them, and not again when they could not be had', async () => {
    issuer.answers.set('/jwks', { status: 500, body: '' });
    const before = issuer.reads;
    const token = await issuer.token({ exp: seconds() + 3600 });
    const ask = () => tokens.verify(provider, token);
    const many = await Promise.allSettled(Array.from({ length: 40 }, ask));
    expect(new Set(many.map(({ status }) => status))).toEqual(new Set(['rejected']));
    await expect(ask()).rejects.toMatchObject(UNREACHABLE);
    expect(issuer.reads).toBe(before + 1);
    expect(logged).toEqual([expect.stringMatching(/^localhost:\d+: HTTP status 500$/)]);
    issuer.answers.clear();
    await expect(ask()).rejects.toMatchObject(UNREACHABLE);
    now += 31_000;
    expect(await ask()).toMatchObject({ subject: 'job' });
    expect(issuer.reads).toBe(before + 2);
  });

  it('stay when they could not be read again, for the sake of a token that does not fit them', async () => {
    const good = await issuer.token({ exp: seconds() + 3600 });
    const forged = `${good.slice(0, -4)}AAAA`;
    await tokens.verify(provider, good);
    now += 31_000;
    issuer.answers.set('/jwks', { status: 500, body: '' });
    await expect(tokens.verify(provider, forged)).rejects.toMatchObject(UNREACHABLE);
    expect(await tokens.verify(provider, good)).toMatchObject({ subject: 'job' });
    const { reads } = issuer;
    await expect(tokens.verify(provider, forged)).rejects.toMatchObject(INVALID);
    expect(issuer.reads).toBe(reads);
  });

  it('let fifty calls of an account wait, and the others of nobody', async () => {
    issuer.answers.set('/.well-known/openid-configuration', 'hang');
    const token = await issuer.token();
    const first = Array.from({ length: 50 }, () => tokens.verify(provider, token));
    const settled = Promise.allSettled(first);
    await expect(tokens.verify(provider, token)).rejects.toMatchObject(UNREACHABLE);
    issuer.answers.clear();
    const elsewhere = { ...provider, accountId: '444455556666', uniqueId: 'another' };
    expect(await tokens.verify(elsewhere, token)).toMatchObject({ subject: 'job' });
    issuer.release();
    await settled;
  });

  const CONFIGURATION = '/.well-known/openid-configuration';
  it.each<[string, string, Parameters<typeof issuer.answers.set>[1], RegExp]>([
    [
      'another issuer',
      CONFIGURATION,
      { body: '{"issuer":"https://x","jwks_uri":"https://x"}' },
      /it calls itself https:\/\/x$/,
    ],
    ['no JSON', CONFIGURATION, { body: 'hello' }, /not valid JSON/],
    ['an error', '/jwks', { status: 500, body: '' }, /HTTP status 500$/],
    [
      'a redirect',
      '/jwks',
      { status: 302, body: '', location: 'https://localhost/' },
      /HTTP status 302$/,
    ],
    ['too much', '/jwks', { body: ' '.repeat(300_000) }, /over 262144 bytes$/],
  ])('are not taken from %s', async (_, path, answer, reason) => {
    issuer.answers.set(path, answer);
    await expect(tokens.verify(provider, await issuer.token())).rejects.toMatchObject(UNREACHABLE);
    expect(logged).toEqual([expect.stringMatching(reason)]);
  });

  it('are waited for five seconds', async () => {
    issuer.answers.set('/jwks', 'hang');
    await expect(tokens.verify(provider, await issuer.token())).rejects.toMatchObject(UNREACHABLE);
    issuer.release();
  });

  it.each([
    ['no thumbprint', []],
    ['another thumbprint', ['0'.repeat(40)]],
  ])('need a trusted certificate: %s', async (_, thumbprints) => {
    const token = await issuer.token();
    await expect(tokens.verify({ ...provider, thumbprints }, token)).rejects.toMatchObject(
      UNREACHABLE,
    );
    expect(logged).toEqual([expect.stringMatching(/matches no thumbprint$/)]);
  });

  it.each([
    ['another host', () => 'https://127.0.0.1/jwks'],
    ['another port', () => issuer.url.replace(/\d+$/, '1')],
    ['another scheme', () => `${issuer.url.replace('https', 'http')}/jwks`],
    ['nowhere', () => 'jwks'],
  ])('are not looked for at %s', async (_, uri) => {
    const body = JSON.stringify({ issuer: issuer.url, jwks_uri: uri() });
    issuer.answers.set(CONFIGURATION, { body });
    await expect(tokens.verify(provider, await issuer.token())).rejects.toMatchObject(UNREACHABLE);
    expect(logged).toEqual([expect.stringMatching(/its keys are not at https:\/\/localhost:\d+$/)]);
  });

  it('may be on a host that the configuration names', async () => {
    const { host } = new URL(issuer.url);
    const elsewhere = new URL(`https://${host.replace('localhost', '127.0.0.1')}/jwks`);
    const body = JSON.stringify({ issuer: issuer.url, jwks_uri: elsewhere.href });
    issuer.answers.set(CONFIGURATION, { body });
    const configured = tokensOf({ keyHosts: { [host]: elsewhere.host } });
    // The certificate isn't for that name: the connection was made.
    await expect(configured.verify(provider, await issuer.token())).rejects.toMatchObject(
      UNREACHABLE,
    );
    expect(logged).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+: its certificate/)]);
  });

  it('are not asked for on this machine or in its network, unless the configuration allows it', async () => {
    const before = issuer.connections;
    const careful = tokensOf({ networks: [] });
    const token = await issuer.token();
    await expect(careful.verify(provider, token)).rejects.toMatchObject(UNREACHABLE);
    const port = new URL(issuer.url).port;
    const iss = `https://127.0.0.1:${port}`;
    const literal = { ...provider, name: providerName(iss), uniqueId: iss };
    await expect(careful.verify(literal, await issuer.token({ iss }))).rejects.toMatchObject(
      UNREACHABLE,
    );
    expect(issuer.connections).toBe(before);
    expect(logged).toEqual([
      `localhost:${port}: ADDRESS_NOT_ALLOWED`,
      `127.0.0.1:${port}: ADDRESS_NOT_ALLOWED`,
    ]);
  });
});
