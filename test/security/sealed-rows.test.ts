import { describe, expect, it } from 'vitest';
import { NotFound } from '../../src/kernel/facts.js';
import { allAtOnce, describeDatabases } from '../support/database-bench.js';

const token = { serial: 's', label: 'l' };
const accessKey = (accessKeyId: string, principal = 'root') => ({
  accessKeyId,
  accountId: '111122223333',
  principal,
  status: 'Active' as const,
  sealedSecret: Buffer.from([0, 1, 0xff]),
  createdAt: new Date(1_600_000_000_000),
  lastUsed: undefined,
});

describeDatabases((bench) => {
  describe('the binding to the root key', () => {
    it('is not there in a database that was never migrated', async () => {
      const { roots, database } = await bench.server({ migrated: false });
      expect(await roots.find()).toBeUndefined();
      expect(await database.schema.hasTable('root_key')).toBe(false);
    });

    it('is intended, then live with its sealed check', async () => {
      const { roots } = await bench.server();
      expect(await roots.find()).toBeUndefined();
      await roots.intend('ab', token);
      const intended = { ckaId: 'ab', tokenSerial: 's', tokenLabel: 'l', sealedCheck: undefined };
      expect(await roots.find()).toStrictEqual({ ...intended, status: 'intended' });
      await roots.confirm(Buffer.from([0, 0xff]), { serial: 's2', label: 'l2' });
      expect(await roots.find()).toStrictEqual({
        ...intended,
        tokenSerial: 's2',
        tokenLabel: 'l2',
        status: 'live',
        sealedCheck: Buffer.from([0, 0xff]),
      });
    });

    it('is one, whoever intends it', async () => {
      const [{ roots }, other] = [await bench.server(), await bench.server()];
      const { won } = await allAtOnce([roots.intend('ab', token), other.roots.intend('cd', token)]);
      expect(won).toBe(1);
      await expect(roots.intend('ef', token)).rejects.toThrow();
    });
  });

  describe('access keys', () => {
    const owner = { accountId: '111122223333', principal: 'AIDA' };
    const withUsers = async () => {
      const server = await bench.server();
      await server.iam.change(async (transaction) => {
        for (const uniqueId of ['AIDA', 'AIDB']) {
          await transaction.put({
            ...{ kind: 'user', accountId: owner.accountId, uniqueId, name: uniqueId, path: '/' },
            ...{ createdAt: new Date(0), tags: {}, groups: [] },
            ...{ inlinePolicies: {}, attachedPolicies: [] },
          });
        }
      });
      return server;
    };

    it('are two an owner, however many ask at once', async () => {
      const { accessKeys } = await withUsers();
      const made = ['a', 'b', 'c', 'd'].map((id) => accessKeys.insert(accessKey(id, 'AIDA')));
      expect((await allAtOnce(made)).won).toBe(2);
      await accessKeys.insert(accessKey('e', 'AIDB'));
      expect(await accessKeys.list(owner)).toHaveLength(2);
    });

    it('are found, switched off and deleted by their owner alone', async () => {
      const { accessKeys } = await withUsers();
      await accessKeys.insert(accessKey('a', 'AIDA'));
      const other = { ...owner, principal: 'AIDB' };
      await expect(accessKeys.setStatus(other, 'a', 'Inactive')).rejects.toThrow(NotFound);
      await expect(accessKeys.delete(other, 'a')).rejects.toThrow(NotFound);
      await accessKeys.setStatus(owner, 'a', 'Inactive');
      expect(await accessKeys.find('a')).toMatchObject({ ...owner, status: 'Inactive' });
      await accessKeys.delete(owner, 'a');
      expect(await accessKeys.find('a')).toBeUndefined();
    });

    it('remember their last use', async () => {
      const { accessKeys } = await withUsers();
      await accessKeys.insert(accessKey('a', 'AIDA'));
      const use = { at: new Date(1_700_000_000_000), region: 'us-east-1', service: 'kms' };
      await accessKeys.recordUses(new Map([['a', use]]));
      expect((await accessKeys.find('a'))?.lastUsed).toStrictEqual(use);
      const older = { ...use, at: new Date(1_600_000_000_000), service: 'sts' };
      await accessKeys.recordUses(new Map([['a', older]]));
      expect((await accessKeys.find('a'))?.lastUsed).toStrictEqual(use);
    });

    it('are replaced by what the configuration gives, all of one owner', async () => {
      const { accessKeys } = await withUsers();
      await accessKeys.insert(accessKey('a', 'AIDA'));
      await accessKeys.insert(accessKey('b', 'AIDA'));
      await accessKeys.replaceConfigured(accessKey('c', 'AIDA'));
      const held = await accessKeys.list(owner);
      expect(held.map(({ accessKeyId }) => accessKeyId)).toStrictEqual(['c']);
    });
  });
});
