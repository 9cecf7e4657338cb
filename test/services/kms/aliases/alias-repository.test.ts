import { describe, expect, it } from 'vitest';
import { AlreadyExists, NotFound } from '../../../../src/kernel/facts.js';
import { KeyGone } from '../../../../src/services/kms/keys/key-gone.js';
import {
  allAtOnce,
  type DatabaseBench,
  describeDatabases,
} from '../../../support/database-bench.js';
import { SCOPE, sampleKey } from '../../../support/sample-key.js';

const NAME = 'alias/a';
const first = sampleKey({ keyId: 'first' });
const second = sampleKey({ keyId: 'second' });

async function serverWithKeys(bench: DatabaseBench) {
  const server = await bench.server();
  await server.keys.insert(first, []);
  await server.keys.insert(second, []);
  return server;
}

describeDatabases((bench) => {
  describe('an alias', () => {
    it('points to its key, then to another, then to none', async () => {
      const { aliases } = await serverWithKeys(bench);
      expect(await aliases.target(SCOPE, NAME)).toBeUndefined();
      await aliases.create(SCOPE, NAME, first);
      expect(await aliases.target(SCOPE, NAME)).toBe('first');
      expect(aliases.target(SCOPE, NAME)).toBe('first');
      await aliases.retarget(SCOPE, NAME, { from: 'first', to: second });
      expect(await aliases.target(SCOPE, NAME)).toBe('second');
      await aliases.delete(SCOPE, NAME, 'second');
      expect(await aliases.target(SCOPE, NAME)).toBeUndefined();
    });

    it('is of its own account and Region', async () => {
      const { aliases } = await serverWithKeys(bench);
      await aliases.create(SCOPE, NAME, first);
      expect(await aliases.target({ ...SCOPE, accountId: '444455556666' }, NAME)).toBeUndefined();
      expect(await aliases.target({ ...SCOPE, region: 'eu-west-1' }, NAME)).toBeUndefined();
    });

    it('has a name that is told from others by case', async () => {
      const { aliases } = await serverWithKeys(bench);
      await aliases.create(SCOPE, NAME, first);
      await aliases.create(SCOPE, 'alias/A', second);
      expect(await aliases.target(SCOPE, NAME)).toBe('first');
    });

    it('can be made by one of many', async () => {
      const { aliases } = await serverWithKeys(bench);
      const { won, refusals } = await allAtOnce(
        Array.from({ length: 8 }, () => aliases.create(SCOPE, NAME, first)),
      );
      expect(won).toBe(1);
      for (const refusal of refusals) expect(refusal).toBeInstanceOf(AlreadyExists);
    });

    it('that was refused to a second caller still points to the key of the first', async () => {
      const { aliases } = await serverWithKeys(bench);
      await aliases.create(SCOPE, NAME, first);
      await expect(aliases.create(SCOPE, NAME, second)).rejects.toThrow(AlreadyExists);
      expect(await aliases.target(SCOPE, NAME)).toBe('first');
    });

    it('can be deleted by one of many', async () => {
      const { aliases } = await serverWithKeys(bench);
      await aliases.create(SCOPE, NAME, first);
      const { won, refusals } = await allAtOnce(
        Array.from({ length: 4 }, () => aliases.delete(SCOPE, NAME, 'first')),
      );
      expect(won).toBe(1);
      for (const refusal of refusals) expect(refusal).toBeInstanceOf(NotFound);
    });

    it('that does not exist is neither retargeted nor deleted', async () => {
      const { aliases } = await serverWithKeys(bench);
      await expect(aliases.retarget(SCOPE, NAME, { from: 'second', to: first })).rejects.toThrow(
        NotFound,
      );
      await expect(aliases.delete(SCOPE, NAME, 'first')).rejects.toThrow(NotFound);
    });

    it('needs a key that exists', async () => {
      const { aliases } = await serverWithKeys(bench);
      const unknown = sampleKey({ keyId: 'unknown' });
      await expect(aliases.create(SCOPE, NAME, unknown)).rejects.toThrow(KeyGone);
      expect(await aliases.target(SCOPE, NAME)).toBeUndefined();
    });
  });

  describe('the list of aliases', () => {
    it('is in order, from a position, of all keys or of one', async () => {
      const { aliases } = await serverWithKeys(bench);
      const made = bench.now;
      for (const [name, key] of [
        ['c', first],
        ['a', first],
        ['b', second],
      ] as const) {
        await aliases.create(SCOPE, `alias/${name}`, key);
      }
      bench.now += 1000;
      await aliases.retarget(SCOPE, 'alias/b', { from: 'second', to: first });
      const all = await aliases.list(SCOPE, undefined, '', 10);
      expect(all.map(({ name, keyId }) => [name, keyId])).toStrictEqual([
        ['alias/a', 'first'],
        ['alias/b', 'first'],
        ['alias/c', 'first'],
      ]);
      expect(all[1]).toMatchObject({ createdAt: new Date(made), updatedAt: new Date(made + 1000) });
      expect(await aliases.list(SCOPE, undefined, 'alias/a', 1)).toMatchObject([
        { name: 'alias/b' },
      ]);
      expect(await aliases.list(SCOPE, 'second', '', 10)).toStrictEqual([]);
      expect(
        await aliases.list({ ...SCOPE, region: 'eu-west-1' }, undefined, '', 10),
      ).toStrictEqual([]);
    });
  });
});
