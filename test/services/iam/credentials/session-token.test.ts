import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  packedPolicySize,
  type SessionClaims,
  SessionTokens,
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

it('policies and tags take room', () => {
  expect(packedPolicySize({})).toBe(0);
  expect(packedPolicySize({ tags: { a: 'b' } })).toBeGreaterThan(0);
  const noise = Array.from({ length: 50 }, (_, index) => [index, randomBytes(128).toString('hex')]);
  expect(packedPolicySize({ tags: Object.fromEntries(noise) })).toBeGreaterThan(100);
});
