import { createSecretKey, randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../../../src/authz/model.js';
import { EVERYTHING } from '../../../../src/db/changes.js';
import { rootOf } from '../../../../src/services/iam/credentials/access-key-owner.js';
import type { StoredAccessKey } from '../../../../src/services/iam/credentials/access-key-repository.js';
import {
  AccessKeys,
  makeCredentials,
} from '../../../../src/services/iam/credentials/access-keys.js';
import { SessionTokens } from '../../../../src/services/iam/credentials/session-token.js';
import { MemorySealer } from '../../../support/memory-sealer.js';

const ACCOUNT = '111122223333';
const VIA = { serviceName: 's3.amazonaws.com' };

let rows: Map<string, StoredAccessKey>;
let reads: number;
let changed: (ref: string) => void;
let accessKeys: AccessKeys;
let tokens: SessionTokens;
let source: StoredAccessKey;

beforeEach(async () => {
  rows = new Map();
  reads = 0;
  tokens = new SessionTokens({ key: createSecretKey(randomBytes(32)), randomBytes });
  const principal = { type: 'Account' } as Principal;
  accessKeys = new AccessKeys({
    repository: {
      find: async (id: string) => {
        reads += 1;
        return rows.get(id);
      },
    } as never,
    sealer: new MemorySealer(),
    principals: { ofSession: () => principal, root: () => principal } as never,
    sessionTokens: tokens,
    changes: {
      lease: { held: true },
      on: (_: string, __: string, follow: (ref: string) => void) => {
        changed = follow;
      },
    } as never,
    services: new Set(),
    now: Date.now,
    log: undefined as never,
  });
  source = await accessKeys.sealed(rootOf(ACCOUNT), makeCredentials());
  rows.set(source.accessKeyId, source);
});

/** Whether a session that was forwarded from this access key may sign. */
async function holds(forwardedFrom: string | undefined, principal: 'root' | 'user' = 'root') {
  const now = Date.now();
  const { accessKeyId, sessionToken } = tokens.issue({
    principal,
    accountId: ACCOUNT,
    ...(principal === 'user' && { uniqueId: 'AIDA' }),
    issuedAt: now,
    expiresAt: now + 60_000,
    ...(forwardedFrom !== undefined && { forwardedFrom }),
    via: VIA,
  });
  return (await accessKeys.find(accessKeyId, sessionToken)) !== undefined;
}

describe('a session that a service was given', () => {
  it('lasts as long as the access key of its caller, and reads it once', async () => {
    expect(await holds(source.accessKeyId)).toBe(true);
    expect(await holds(source.accessKeyId)).toBe(true);
    expect(reads).toBe(1);
  });

  it.each<[string, () => void]>([
    ['deleted', () => rows.delete(source.accessKeyId)],
    ['inactive', () => rows.set(source.accessKeyId, { ...source, status: 'Inactive' })],
    ["another's", () => rows.set(source.accessKeyId, { ...source, principal: 'AIDA' })],
  ])('ends at once when that key is %s', async (_, change) => {
    expect(await holds(source.accessKeyId)).toBe(true);
    change();
    changed(source.accessKeyId);
    expect(await holds(source.accessKeyId)).toBe(false);
  });

  it('ends when the feed may have missed something, until the key is read anew', async () => {
    expect(await holds(source.accessKeyId)).toBe(true);
    rows.clear();
    changed(EVERYTHING);
    expect(await holds(source.accessKeyId)).toBe(false);
  });

  it('is refused when the key is not of whom it acts for, or when nobody knows the key', async () => {
    expect(await holds(source.accessKeyId, 'user')).toBe(false);
    expect(await holds(undefined)).toBe(false);
  });

  it('of a session has no key to ask', async () => {
    expect(await holds('ASIAEXAMPLEEXAMPLE00')).toBe(true);
    expect(reads).toBe(0);
  });
});
