import { describe, expect, it } from 'vitest';
import { allAtOnce, describeDatabases } from './database-bench.js';

const token = { serial: 's', label: 'l' };
const accessKey = (accessKeyId: string, principal = 'root') => ({
  accessKeyId,
  accountId: '111122223333',
  principal,
  status: 'Active' as const,
  sealedSecret: Buffer.from([0, 1, 0xff]),
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
    it('are replaced, one for each principal', async () => {
      const { accessKeys } = await bench.server();
      await accessKeys.replace(accessKey('a'));
      await accessKeys.replace(accessKey('b', 'user'));
      bench.now += 1;
      await accessKeys.replace(accessKey('c'));
      expect(await accessKeys.all()).toStrictEqual([accessKey('b', 'user'), accessKey('c')]);
    });

    it('stay as they were when a replacement fails', async () => {
      const { accessKeys } = await bench.server();
      await accessKeys.replace(accessKey('a'));
      await accessKeys.replace(accessKey('b', 'user'));
      await expect(accessKeys.replace(accessKey('b'))).rejects.toThrow();
      expect(await accessKeys.all()).toHaveLength(2);
    });
  });
});
