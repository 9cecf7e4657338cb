import { describe, expect, it } from 'vitest';
import type { Grant, GrantPrincipal } from '../../../../src/authz/grant.js';
import type { Principal } from '../../../../src/authz/model.js';
import { migrate } from '../../../../src/db/database.js';
import { migrations } from '../../../../src/db/migrations/index.js';
import type { Key } from '../../../../src/services/kms/keys/key.js';
import { KeyAudience, type SoughtKey } from '../../../../src/services/kms/keys/key-audience.js';
import { describeDatabases, type ServerView } from '../../../support/database-bench.js';
import { KEY_ID, SCOPE, sampleKey } from '../../../support/sample-key.js';
import { OTHER_ACCOUNT, roleSession, rootUser, user } from '../../../support/sample-principal.js';

const { region, accountId } = SCOPE;
const ALIAS = 'alias/a';
const GRANT_ID = 'ab'.repeat(32);
const BOB = user('bob', [], OTHER_ACCOUNT);
const ROLE = roleSession('Role', 'here', [], OTHER_ACCOUNT);
const OTHER_ROOT = `arn:aws:iam::${OTHER_ACCOUNT}:root`;
const FOREIGN = { bob: BOB, role: ROLE, root: rootUser(OTHER_ACCOUNT) };

const policyFor = (Principal: unknown, more: object = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*', ...more }],
  });
const IDS = { [BOB.arn]: BOB.uniqueId, [ROLE.principalArn]: ROLE.uniqueId };
const policyOf = (Principal: unknown, more: object = {}) => ({
  policy: policyFor(Principal, more),
  policyPrincipals: IDS,
});

const grantTo = (grantee: GrantPrincipal, changed: Partial<Grant> = {}): Grant => ({
  ...{ grantId: GRANT_ID, accountId, region, keyId: KEY_ID, constraints: {}, grantee },
  ...{ issuingAccountId: accountId, operations: ['Encrypt'], createdAt: new Date(0) },
  ...changed,
});

/** Every way in which another account's caller may name a key. */
const namesOf = (keyId: string, aliasName: string): readonly SoughtKey[] => [
  { region, accountId, keyId },
  { region, accountId, aliasName },
  { region, accountId: undefined, keyId },
];
const NAMES = namesOf(KEY_ID, ALIAS);

/** Which of these callers are of a key's audience, by every name of it. */
async function known(
  { database }: ServerView,
  names: readonly SoughtKey[] = NAMES,
  callers: Readonly<Record<string, Principal>> = FOREIGN,
): Promise<string[]> {
  const audience = new KeyAudience(database);
  const found: string[] = [];
  for (const [name, caller] of Object.entries(callers)) {
    const answers = await Promise.all(names.map((sought) => audience.includes(sought, caller)));
    expect(new Set(answers).size, `${name} by each name`).toBe(1);
    if (answers[0]) found.push(name);
  }
  return found;
}

async function stored(view: ServerView, changed: Partial<Key> = {}): Promise<ServerView> {
  const key = sampleKey(changed);
  await view.keys.insert({ ...key, materials: new Map() }, []);
  await view.aliases.create(SCOPE, key.keyId === KEY_ID ? ALIAS : `alias/${key.keyId}`, key);
  return view;
}

const numbered = (at: number) => `00000000-0000-4000-8000-00000000000${at}`;

const POLICIES: readonly [string, Partial<Key>, readonly string[]][] = [
  ['nobody, by the default policy', policyOf({ AWS: `arn:aws:iam::${accountId}:root` }), []],
  ['all of an account', policyOf({ AWS: OTHER_ROOT }), ['bob', 'role', 'root']],
  ['a user', policyOf({ AWS: BOB.arn }), ['bob']],
  ['the sessions of a role', policyOf({ AWS: ROLE.principalArn }), ['role']],
  ['everybody', policyOf('*'), ['bob', 'role', 'root']],
  [
    'nobody of another account than the condition says',
    policyOf('*', { Condition: { StringEquals: { 'kms:CallerAccount': accountId } } }),
    [],
  ],
];

const GRANTEES: readonly [string, GrantPrincipal, readonly string[]][] = [
  ['a user', { name: BOB.arn, uniqueId: BOB.uniqueId }, ['bob']],
  ['a role', { name: ROLE.principalArn, uniqueId: ROLE.uniqueId }, ['role']],
  ['a session', { name: ROLE.arn, uniqueId: ROLE.uniqueId }, ['role']],
  ['an account', { name: OTHER_ROOT }, ['bob', 'role', 'root']],
];

describeDatabases((bench) => {
  describe('of the audience of a key are', () => {
    it('whom its policy names', async () => {
      const view = await bench.server();
      for (const [at, [what, policy, expected]] of POLICIES.entries()) {
        const keyId = numbered(at);
        await stored(view, { keyId, ...policy });
        expect(await known(view, namesOf(keyId, `alias/${keyId}`)), what).toEqual(expected);
      }
    });

    it('whom a grant names', async () => {
      const view = await stored(await bench.server());
      for (const [what, grantee, expected] of GRANTEES) {
        await view.grants.insert(grantTo(grantee), () => false);
        expect(await known(view), what).toEqual(expected);
        await view.grants.delete(grantTo(grantee));
        expect(await known(view), what).toEqual([]);
      }
    });

    it('whoever knows the id of a grant of it', async () => {
      const view = await stored(await bench.server());
      await view.grants.insert(grantTo({ name: 's.x.y' }), () => false);
      const audience = new KeyAudience(view.database);
      for (const grantId of [GRANT_ID, GRANT_ID.replace('a', 'b')]) {
        for (const name of NAMES) {
          const answer = await audience.includes({ ...name, grantId }, BOB);
          expect(answer).toBe(grantId === GRANT_ID);
        }
      }
    });

    it('all of its own account, by an id or a ciphertext', async () => {
      const { database } = await stored(await bench.server());
      const audience = new KeyAudience(database);
      for (const name of NAMES) expect(await audience.includes(name, user('alice'))).toBe(true);
      // A key id alone is one of the caller's own account.
      const bare = { region, accountId: OTHER_ACCOUNT, keyId: KEY_ID };
      expect(await audience.includes(bare, BOB)).toBe(false);
    });

    it('those that the policy of the day names', async () => {
      const view = await stored(await bench.server(), policyOf({ AWS: BOB.arn }));
      const put = (policy: object) => view.keys.change(sampleKey(), () => policy);
      await put({ description: 'new' });
      expect(await known(view)).toEqual(['bob']);
      await put(policyOf({ AWS: ROLE.principalArn }));
      expect(await known(view)).toEqual(['role']);
      // The same text, and somebody else is called so.
      await put({ policyPrincipals: { ...IDS, [ROLE.principalArn]: BOB.uniqueId } });
      expect(await known(view)).toEqual(['bob']);
      await view.keys.remove(sampleKey(), () => ({ put: [] }));
      expect(await known(view)).toEqual([]);
      expect(await view.database('key_audience').select()).toEqual([]);
    });

    it('as many as a policy may name', async () => {
      const accounts = Array.from({ length: 2000 }, (_, at) => String(500_000_000_000 + at));
      const view = await stored(await bench.server(), policyOf({ AWS: accounts }));
      const last = accounts.at(-1) ?? '';
      const callers = { last: rootUser(last), none: rootUser(`6${last.slice(1)}`) };
      expect(await known(view, NAMES, callers)).toEqual(['last']);
    });
  });

  it('keys of an older version get the audience that they would get today', async () => {
    const view = await bench.server();
    const managed = { StringEquals: { 'kms:CallerAccount': OTHER_ACCOUNT, 'kms:ViaService': 's' } };
    const policies = [
      policyOf({ AWS: `arn:aws:iam::${accountId}:root` }),
      policyOf({ AWS: [OTHER_ROOT, accountId, '999999999999', BOB.arn, ROLE.principalArn] }),
      policyOf({ AWS: ['AIDASOMEBODYSOMEBODY2', 'arn:aws:iam::999999999999:user/gone'] }),
      policyOf({ AWS: `arn:aws:iam::${accountId}:user/own`, Service: 's.x.y' }),
      policyOf('*'),
      policyOf({ AWS: '*' }, { Condition: managed }),
      policyOf({ AWS: OTHER_ROOT }, { Effect: 'Deny' }),
      { policy: 'not a document' },
      { policy: '{"Statement":[null]}' },
    ];
    for (const [at, policy] of policies.entries()) {
      await stored(view, { keyId: numbered(at), ...policy });
    }
    const rows = () => view.database('key_audience').orderBy(['key_id', 'named']).select();
    const today = await rows();
    expect(today).toHaveLength(7);
    await view.database.migrate.down({ migrationSource: migrations, name: '0015-key-audience' });
    await migrate(view.database);
    expect(await rows()).toEqual(today);
  });
});
