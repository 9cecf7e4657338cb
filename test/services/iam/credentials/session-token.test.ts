import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encryptGcm, packGcm } from '../../../../src/kernel/gcm.js';
import {
  MAX_SESSION_TOKEN,
  type SessionClaims,
  SessionTokens,
  SessionTooLarge,
} from '../../../../src/services/iam/credentials/session-token.js';

const tokens = () => new SessionTokens({ key: createSecretKey(randomBytes(32)), randomBytes });
const claims: SessionClaims = {
  principal: 'role',
  accountId: '111122223333',
  uniqueId: 'AROAEXAMPLE',
  sessionName: 'here',
  issuedAt: 1,
  expiresAt: 2,
  tags: { Team: 'x' },
};

describe('a session token', () => {
  it('holds what was put in, expired or not, for its own access key', () => {
    const sessions = tokens();
    const { accessKeyId, secretAccessKey, sessionToken } = sessions.issue(claims);
    expect(accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(sessions.open(accessKeyId, sessionToken)).toStrictEqual({ secretAccessKey, claims });
    const other = sessions.issue(claims);
    expect(sessions.open(other.accessKeyId, sessionToken)).toBeUndefined();
    expect(Buffer.from(sessionToken, 'base64').includes(secretAccessKey)).toBe(false);
  });

  it('of another server is no token', () => {
    const { accessKeyId, sessionToken } = tokens().issue(claims);
    expect(tokens().open(accessKeyId, sessionToken)).toBeUndefined();
  });

  it('with any bit changed, or shortened, is no token', () => {
    const sessions = tokens();
    const { accessKeyId, sessionToken } = sessions.issue(claims);
    const bytes = Buffer.from(sessionToken, 'base64');
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(sessions.open(accessKeyId, changed.toString('base64'))).toBeUndefined();
    }
    for (const text of [sessionToken.slice(0, -4), `${sessionToken}=`, ` ${sessionToken}`, '']) {
      expect(sessions.open(accessKeyId, text)).toBeUndefined();
    }
  });

  it('never makes anything throw', () => {
    const sessions = tokens();
    fc.assert(
      fc.property(fc.string(), fc.base64String(), (accessKeyId, text) => {
        expect(sessions.open(accessKeyId, text)).toBeUndefined();
      }),
    );
  });
});

/** What can't be deflated: random tags with this many characters in all. */
const noisyTags = (length: number) => ({
  ...claims,
  tags: {
    noise: randomBytes(Math.ceil(length / 2))
      .toString('hex')
      .slice(0, length),
  },
});

describe('the size of a session token', () => {
  it('is at least what was asked for, and at most 4,096 octets', () => {
    const sessions = tokens();
    const { length: own } = sessions.issue(claims).sessionToken;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_SESSION_TOKEN }), (minimum) => {
        const { accessKeyId, sessionToken } = sessions.issue(claims, minimum);
        expect(sessionToken.length).toBeGreaterThanOrEqual(minimum);
        // The secret is another each time, and deflates by another octet or two.
        expect(sessionToken.length).toBeLessThan(Math.max(own + 32, minimum + 8));
        expect(sessionToken.length).toBeLessThanOrEqual(MAX_SESSION_TOKEN);
        expect(sessions.open(accessKeyId, sessionToken)?.claims).toStrictEqual(claims);
      }),
    );
  });

  it('decides when it is made, so that whatever was made is opened', () => {
    const sessions = tokens();
    const outcomes = Array.from({ length: 100 }, (_, step) => {
      try {
        const { accessKeyId, sessionToken } = sessions.issue(noisyTags(step * 100));
        expect(sessionToken.length).toBeLessThanOrEqual(MAX_SESSION_TOKEN);
        expect(sessions.open(accessKeyId, sessionToken)).toBeDefined();
        return 'made';
      } catch (error) {
        expect(error).toBeInstanceOf(SessionTooLarge);
        expect(error).toMatchObject({ of: 'token', limit: MAX_SESSION_TOKEN });
        expect(Object(error).size).toBeGreaterThan(MAX_SESSION_TOKEN);
        return 'refused';
      }
    });
    const firstRefused = outcomes.indexOf('refused');
    expect(firstRefused).toBeGreaterThan(30);
    expect(new Set(outcomes.slice(firstRefused))).toEqual(new Set(['refused']));
  });

  it('is small for a long text that deflates well, which is bounded, too', () => {
    const sessions = tokens();
    const long = (length: number) => ({ ...claims, tags: { long: 'x'.repeat(length) } });
    const { accessKeyId, sessionToken } = sessions.issue(long(11_000));
    expect(sessionToken.length).toBeLessThan(1024);
    expect(sessions.open(accessKeyId, sessionToken)?.claims).toStrictEqual(long(11_000));
    expect(() => sessions.issue(long(12_288))).toThrow(SessionTooLarge);
  });

  it('is larger of what a service gets in a caller’s name, who may have a token of the largest', () => {
    const sessions = tokens();
    const via = { serviceName: 'backup.example.com', sourceArn: 'x'.repeat(512) };
    const { accessKeyId, sessionToken } = sessions.issue({ ...noisyTags(6000), via });
    expect(sessionToken.length).toBeGreaterThan(MAX_SESSION_TOKEN);
    expect(sessions.open(accessKeyId, sessionToken)?.claims.via).toEqual(via);
  });
});

it('a token of the first version, whose text is not deflated, is opened', () => {
  const key = createSecretKey(randomBytes(32));
  const sessions = new SessionTokens({ key, randomBytes });
  const accessKeyId = 'ASIAAAAAAAAAAAAAAAAA';
  const session = { secretAccessKey: 'a secret', claims: noisyTags(8000) };
  const aad = Buffer.from(`strongroom session\u00001\u0000${accessKeyId}`, 'utf8');
  const sealed = packGcm(encryptGcm(key, Buffer.from(JSON.stringify(session)), aad));
  const token = (version: number) =>
    Buffer.concat([Buffer.from([version]), sealed]).toString('base64');
  expect(sessions.open(accessKeyId, token(1))).toStrictEqual(session);
  for (const version of [0, 2, 3]) {
    expect(sessions.open(accessKeyId, token(version))).toBeUndefined();
  }
});
