import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OidcProvider } from '../../../../src/services/iam/directory/entities.js';
import { OidcTokens, providerName } from '../../../../src/services/iam/oidc/oidc-tokens.js';
import { Issuer } from '../../../support/issuer.js';

const issuer = new Issuer();
let now = Date.now();
let tokens: OidcTokens;
let provider: OidcProvider;

beforeAll(() => issuer.start());
afterAll(() => issuer.stop());
beforeEach(() => {
  now = Date.now();
  tokens = new OidcTokens({ now: () => now });
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

  const CONFIGURATION = '/.well-known/openid-configuration';
  it.each<[string, string, Parameters<typeof issuer.answers.set>[1], string]>([
    [
      'another issuer',
      CONFIGURATION,
      { body: '{"issuer":"https://x","jwks_uri":"https://x"}' },
      'InvalidIdentityToken',
    ],
    ['no JSON', CONFIGURATION, { body: 'hello' }, 'IDPCommunicationError'],
    ['an error', '/jwks', { status: 500, body: '' }, 'IDPCommunicationError'],
    [
      'a redirect',
      '/jwks',
      { status: 302, body: '', location: 'https://localhost/' },
      'IDPCommunicationError',
    ],
    ['too much', '/jwks', { body: ' '.repeat(300_000) }, 'IDPCommunicationError'],
  ])('are not taken from %s', async (_, path, answer, code) => {
    issuer.answers.set(path, answer);
    await expect(tokens.verify(provider, await issuer.token())).rejects.toMatchObject({ code });
  });

  it('are waited for five seconds', async () => {
    issuer.answers.set('/jwks', 'hang');
    await expect(tokens.verify(provider, await issuer.token())).rejects.toMatchObject({
      code: 'IDPCommunicationError',
    });
  });

  it.each([
    ['no thumbprint', []],
    ['another thumbprint', ['0'.repeat(40)]],
  ])('need a trusted certificate: %s', async (_, thumbprints) => {
    const token = await issuer.token();
    await expect(tokens.verify({ ...provider, thumbprints }, token)).rejects.toMatchObject({
      code: 'InvalidIdentityToken',
      message: expect.stringContaining('thumbprint'),
    });
  });
});
