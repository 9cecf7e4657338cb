import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Grant } from '../../../../src/authz/grant.js';
import { migrate } from '../../../../src/db/database.js';
import { migrations } from '../../../../src/db/migrations/index.js';
import { AlreadyExists } from '../../../../src/kernel/facts.js';
import { isSameGrant } from '../../../../src/services/kms/grants/grant-limits.js';
import {
  makeGrantToken,
  parseGrantToken,
} from '../../../../src/services/kms/grants/grant-token.js';
import { allAtOnce, describeDatabases } from '../../../support/database-bench.js';
import { KEY_ID, SCOPE, sampleKey } from '../../../support/sample-key.js';

const { region, accountId } = SCOPE;
const grantOf = (number: number, changed: Partial<Grant> = {}): Grant => ({
  grantId: number.toString(16).padStart(64, '0'),
  accountId,
  region,
  keyId: KEY_ID,
  grantee: { name: `arn:aws:iam::${accountId}:user/alice`, uniqueId: 'AIDA' },
  issuingAccountId: accountId,
  operations: ['Encrypt'],
  constraints: {},
  createdAt: new Date(1_700_000_000_000),
  ...changed,
});
const never = () => false;

describeDatabases((bench) => {
  describe('grants', () => {
    it('are in the index as soon as they are stored, and out of it once they are gone', async () => {
      const { keys, grants } = await bench.server();
      await keys.insert(sampleKey(), []);
      expect((await grants.index(region, KEY_ID)).size).toBe(0);
      expect(grants.index(region, KEY_ID)).not.toBeInstanceOf(Promise);
      const [one, two] = [grantOf(1), grantOf(2)];
      await grants.insert(one, never);
      await grants.insert(two, never);
      const index = await grants.index(region, KEY_ID);
      expect(index.get(one.grantId)).toStrictEqual(one);
      expect(index.size).toBe(2);
      expect(await grants.delete(one)).toBe(true);
      expect(await grants.delete(one)).toBe(false);
      expect((await grants.index(region, KEY_ID)).get(one.grantId)).toBeUndefined();
      expect((await grants.index(region, KEY_ID)).size).toBe(1);
    });

    it('with a name are made once, whoever asks at the same time', async () => {
      const { keys, grants } = await bench.server();
      await keys.insert(sampleKey(), []);
      const wanted = [1, 2, 3].map((number) => grantOf(number, { name: 'once' }));
      const made = await Promise.all(
        wanted.map((grant) => grants.insert(grant, (other) => isSameGrant(grant, other))),
      );
      expect(new Set(made.map(({ grantId }) => grantId)).size).toBe(1);
      const other = grantOf(9, { name: 'once', operations: ['Decrypt'] });
      expect(await grants.insert(other, (known) => isSameGrant(other, known))).toStrictEqual(other);
    });

    it('of another server are learnt by their token, and else by the change feed', async () => {
      const [here, there] = [await bench.server(), await bench.server()];
      await here.keys.insert(sampleKey(), []);
      expect((await there.grants.index(region, KEY_ID)).size).toBe(0);
      const made = await here.grants.insert(grantOf(1), never);
      expect((await there.grants.index(region, KEY_ID)).size).toBe(0);
      await there.grants.learn([made]);
      expect((await there.grants.index(region, KEY_ID)).size).toBe(1);
      await there.changes.start();
      await here.grants.delete(made);
      const size = async () => (await there.grants.index(region, KEY_ID)).size;
      await expect.poll(size).toBe(0);
    });

    it('are listed in order, by grantee and by retiring principal', async () => {
      const { keys, grants } = await bench.server();
      await keys.insert(sampleKey(), []);
      const retiring = { name: 'arn:aws:iam::444455556666:root' };
      const all = [
        grantOf(1),
        grantOf(2, { retiring }),
        grantOf(3, { grantee: { name: 's.x.y' } }),
      ];
      await allAtOnce(all.map((grant) => grants.insert(grant, never)));
      const key = { region, keyId: KEY_ID };
      expect(await grants.list(key, {}, '', 10)).toStrictEqual(all);
      expect(await grants.list(key, {}, all[0]?.grantId ?? '', 1)).toStrictEqual([all[1]]);
      expect(await grants.list(key, { grantee: 's.x.y' }, '', 10)).toStrictEqual([all[2]]);
      expect(await grants.listRetirable(region, '444455556666', '', 10)).toStrictEqual([all[1]]);
    });
  });

  it('grants of an older version are listed by who their principals are', async () => {
    const { keys, grants, database } = await bench.server();
    await keys.insert(sampleKey(), []);
    const named = (name: string, uniqueId?: string) => ({ name, ...(uniqueId && { uniqueId }) });
    const principals = [
      [named(`arn:aws:iam::${accountId}:user/path/alice`, 'AIDA'), 'AIDA'],
      [named(`arn:aws:sts::${accountId}:assumed-role/Role/job`, 'AROA'), 'AROA:job'],
      [named(`arn:aws:iam::${accountId}:root`), accountId],
      [named('logs.amazonaws.com'), 'logs.amazonaws.com'],
    ] as const;
    for (const [number, [grantee]] of principals.entries()) {
      await grants.insert(grantOf(number, { grantee, retiring: grantee }), never);
    }
    const columns = () => database('grants').orderBy('grant_id').select('grantee', 'retiring');
    const both = (value: string) => ({ grantee: value, retiring: value });
    await database.migrate.down({ migrationSource: migrations, name: '0008-grant-principals' });
    expect(await columns()).toEqual(principals.map(([{ name }]) => both(name)));
    await migrate(database);
    expect(await columns()).toEqual(principals.map(([, id]) => both(id)));
  });

  describe('what IAM keeps', () => {
    const user = (name: string, uniqueId: string) => ({
      ...{ kind: 'user' as const, accountId, uniqueId, name, path: '/a/', tags: {}, groups: [] },
      ...{ createdAt: new Date(1_700_000_000_000), inlinePolicies: {}, attachedPolicies: [] },
    });

    it('is found by name in any case, by id, and listed by path', async () => {
      const { iam } = await bench.server();
      const [bob, alice] = [user('Bob', 'AIDAB'), user('alice', 'AIDAA')];
      await iam.change(async (transaction) => {
        await transaction.put(bob);
        await transaction.put(alice);
        expect(await transaction.list('user', accountId)).toStrictEqual([alice, bob]);
      });
      expect(await iam.find('user', accountId, 'BOB')).toStrictEqual(bob);
      expect(await iam.findById('AIDAA')).toStrictEqual(alice);
      expect(await iam.find('role', accountId, 'Bob')).toBeUndefined();
      const under = (pathPrefix: string) =>
        iam.list('user', accountId, { after: '', limit: 9, pathPrefix });
      expect(await under('/a/')).toHaveLength(2);
      expect(await under('/A/')).toHaveLength(0);
      expect(await under('/_/')).toHaveLength(0);
      expect(await iam.count('user', accountId)).toBe(2);
    });

    it('has a name once, and keeps an entity under its new one', async () => {
      const { iam } = await bench.server();
      await iam.change((transaction) => transaction.put(user('alice', 'AIDAA')));
      const taken = iam.change((transaction) => transaction.put(user('ALICE', 'AIDAB')));
      await expect(taken).rejects.toThrow(AlreadyExists);
      await iam.change((transaction) => transaction.put(user('carol', 'AIDAA')));
      expect(await iam.find('user', accountId, 'alice')).toBeUndefined();
      expect(await iam.count('user', accountId)).toBe(1);
    });

    it('is changed as a whole or not at all', async () => {
      const { iam } = await bench.server();
      const failed = iam.change(async (transaction) => {
        await transaction.put(user('alice', 'AIDAA'));
        throw new Error('no');
      });
      await expect(failed).rejects.toThrow('no');
      expect(await iam.findById('AIDAA')).toBeUndefined();
    });
  });
});

describe('a grant token', () => {
  it('names its grant, differs each time, and is whole', () => {
    const tokens = [1, 2].map(() => makeGrantToken(grantOf(7), randomBytes));
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) {
      const { grantId, keyId } = grantOf(7);
      expect(parseGrantToken(token)).toStrictEqual({ region, accountId, keyId, grantId });
      const bytes = Buffer.from(token, 'base64');
      for (let at = 0; at < bytes.length; at += 1) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ 1;
        expect(() => parseGrantToken(changed.toString('base64'))).toThrow('not valid');
      }
    }
    for (const text of ['', 'x', 'AQ==', 'A'.repeat(8192)]) {
      expect(() => parseGrantToken(text)).toThrow('not valid');
    }
  });
});
