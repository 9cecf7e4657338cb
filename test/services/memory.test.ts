import { createSecretKey, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeLog } from '../../src/observe/log.js';
import { cloudTrail } from '../../src/services/cloudtrail/service.js';
import { AccessKeys } from '../../src/services/iam/credentials/access-keys.js';
import { SessionTokens } from '../../src/services/iam/credentials/session-token.js';
import type { User } from '../../src/services/iam/directory/entities.js';
import { Principals } from '../../src/services/iam/directory/principals.js';
import { iam, sts } from '../../src/services/iam/service.js';
import { kms } from '../../src/services/kms/service.js';
import { tagging } from '../../src/services/tagging/service.js';
import {
  type DatabaseBench,
  describeDatabases,
  type ServerView,
} from '../support/database-bench.js';
import { MemorySealer } from '../support/memory-sealer.js';
import { KEY_ID, SCOPE, sampleKey } from '../support/sample-key.js';
import { writeRow } from '../support/write-row.js';

const { accountId, region } = SCOPE;
const OWNER = { accountId, principal: 'AIDAALICE' };
const ALICE: User = {
  ...{ kind: 'user', accountId, uniqueId: OWNER.principal, name: 'alice', path: '/' },
  ...{ createdAt: new Date(0), tags: {}, inlinePolicies: {}, attachedPolicies: [], groups: [] },
};

function principalsOf({ iam: directory, changes }: ServerView): Principals {
  const accounts = new Set([accountId]);
  const options = { directory, partition: 'aws', accounts, ownAccountId: accountId };
  return new Principals({ ...options, lease: changes.lease });
}

function accessKeysOf(view: ServerView, bench: DatabaseBench): AccessKeys {
  return new AccessKeys({
    repository: view.accessKeys,
    sealer: new MemorySealer(),
    principals: principalsOf(view),
    sessionTokens: new SessionTokens({ key: createSecretKey(randomBytes(32)), randomBytes }),
    changes: view.changes,
    services: new Set(),
    now: () => bench.now,
    log: makeLog({ level: 'error' }),
  });
}

interface Remembered {
  readonly what: string;
  /** Stores something and gives how it is asked for. */
  readonly make: (view: ServerView, bench: DatabaseBench) => Promise<() => unknown>;
  /** Takes it away without a row in the change feed, as for a server that is cut off. */
  readonly revoke: (view: ServerView) => PromiseLike<unknown>;
}

/** What a server answers from memory when it is asked who may do what, and to which key. */
const REMEMBERED: readonly Remembered[] = [
  {
    what: 'a key',
    make: async ({ keys }) => {
      await keys.insert(sampleKey(), []);
      return async () => (await keys.find(region, KEY_ID))?.enabled;
    },
    revoke: (view) => writeRow(view, 'keys', {}, { enabled: false }),
  },
  {
    what: "an alias's target",
    make: async ({ keys, aliases }) => {
      await keys.insert(sampleKey(), []);
      await aliases.create(SCOPE, 'alias/a', sampleKey());
      return () => aliases.target(SCOPE, 'alias/a');
    },
    revoke: ({ database }) => database('aliases').delete(),
  },
  {
    what: 'a grant',
    make: async ({ keys, grants }) => {
      await keys.insert(sampleKey(), []);
      const grant = {
        ...{ grantId: 'a'.repeat(64), accountId, region, keyId: KEY_ID, constraints: {} },
        ...{ grantee: { name: accountId }, issuingAccountId: accountId, createdAt: new Date(0) },
        operations: ['Encrypt'] as const,
      };
      await grants.insert({ ...grant, operations: ['Encrypt'] }, () => false);
      return async () => (await grants.index(region, KEY_ID)).size;
    },
    revoke: ({ database }) => database('grants').delete(),
  },
  {
    what: 'a principal',
    make: async (view) => {
      await view.iam.change((transaction) => transaction.put(ALICE));
      const principals = principalsOf(view);
      return async () => (await principals.find(ALICE.uniqueId))?.userName;
    },
    revoke: ({ database }) => database('iam_entities').delete(),
  },
  {
    what: 'an access key',
    make: async (view, bench) => {
      await view.iam.change((transaction) => transaction.put(ALICE));
      const accessKeys = accessKeysOf(view, bench);
      const { accessKeyId } = await accessKeys.create(OWNER);
      return async () => (await accessKeys.find(accessKeyId, undefined))?.status;
    },
    revoke: (view) => writeRow(view, 'access_keys', {}, { status: 'Inactive' }),
  },
  {
    what: 'an issuer of web identity tokens',
    make: async ({ issuers }) => {
      await issuers.enable(accountId, { issuerId: 'issuer', region, createdAt: 0 });
      return async () => (await issuers.named('issuer'))?.enabled;
    },
    revoke: (view) => writeRow(view, 'web_identity_issuers', {}, { enabled: false }),
  },
];

describeDatabases((bench) => {
  describe('what was revoked behind the back of a server', () => {
    it.each(REMEMBERED)('$what: is believed for the lease, and not after it', async (row) => {
      const view = await bench.server();
      const ask = await row.make(view, bench);
      const before = await ask();
      await row.revoke(view);
      expect(await ask()).toStrictEqual(before);
      bench.now += 4999;
      expect(await ask()).toStrictEqual(before);
      bench.now += 1;
      expect(await ask()).not.toStrictEqual(before);
    });
  });
}, 'SQLite');

it.each([kms, iam, sts, tagging, cloudTrail])(
  '$name asks for the lease before it believes a signature',
  ({ steps }) => {
    const names = steps.map(({ name }) => name);
    expect(names.indexOf('requireFreshMemory')).toBe(names.indexOf('authenticate') - 1);
  },
);

/** How what each cache holds can't be out of date. */
const WHY: Readonly<Record<string, string>> = {
  'db/read-through-cache.ts': 'lease',
  'services/kms/grants/grant-cache.ts': 'lease',
  'services/iam/directory/ready-principals.ts': 'lease',
  'services/kms/keys/key-repository.ts': 'ReadThroughCache',
  'services/kms/aliases/alias-repository.ts': 'ReadThroughCache',
  'services/iam/credentials/access-keys.ts': 'ReadThroughCache',
  'services/iam/web-identity/issuers.ts': 'ReadThroughCache',
  'services/iam/directory/principals.ts': 'policies compiled from a text, by the hash of the text',
  'services/iam/credentials/session-token.ts': 'opened tokens by token: sealed, they never change',
  'services/kms/policies/key-policy.ts': 'by the key object, which is the lease’s',
  'services/kms/steps/admitted-callers.ts': 'who was let use a key: gives no right',
  'services/kms/steps/key-facts.ts': 'by the key object, which is the lease’s',
  'services/kms/peers/messages.ts': 'numbers of messages: only refuses',
  'services/kms/events/pending-use.ts': 'of which uses was told: only saves an event',
  'services/iam/oidc/issuer-keys.ts':
    'keys of issuers, by the provider as it is, and for ten minutes',
  'protocols/http/peers.ts': 'by the connection or the request: whom it comes from',
  'sigv4/signing-key.ts': 'by the secret that it is derived from',
  'keystores/software/software-key-store.ts': 'opened material, asked for by a key of the lease’s',
  'keystores/software/public-keys.ts': 'by the octets of the key',
  'keystores/token/token-key-store.ts': 'when a token was looked at: only saves a look',
  'keystores/token/kept-keys.ts':
    'what was read of a material, by the material, which is the lease’s',
  'token-host/host/wrapping.ts': 'the handle of a wrapping key, by its session',
  'keystores/invocations/invocations.ts':
    'what is left of blocks that are this server’s own: nobody takes them back',
};

it('every cache of src is known, with the reason why it answers nothing that was revoked', async () => {
  const files = (await readdir('src', { recursive: true })).filter((file) => file.endsWith('.ts'));
  const caches: string[] = [];
  for (const file of files) {
    const text = await readFile(join('src', file), 'utf8');
    if (/new (LRUCache|ReadThroughCache|WeakMap)\b/.test(text)) caches.push(file);
  }
  expect(caches.sort()).toStrictEqual(Object.keys(WHY).sort());
});
