import { describe, expect, it } from 'vitest';
import { wordFact } from '../../../../src/services/kms/wording.js';
import { allAtOnce, describeDatabases } from '../../../support/database-bench.js';
import { QUOTAS } from '../../../support/quotas.js';
import { SCOPE, sampleKey } from '../../../support/sample-key.js';
import { sampleStore } from '../../../support/sample-store.js';
import { worded } from '../../../support/worded.js';

const store = sampleStore();
const ID = store.customKeyStoreId;
/** A store that shares nothing with others but its scope. */
const numbered = (index: number) =>
  sampleStore({
    customKeyStoreId: `cks-${index}`,
    name: `store-${index}`,
    cloudHsmClusterId: `cluster-${String(index).padStart(11, 'a')}`,
  });

const MOST = QUOTAS.customKeyStores;
const NAME_IN_USE = { code: 'CustomKeyStoreNameInUseException' };
const CLUSTER_IN_USE = { code: 'CloudHsmClusterInUseException' };
const NOT_FOUND = { code: 'CustomKeyStoreNotFoundException' };
const accept = () => undefined;

describeDatabases((bench) => {
  describe('a custom key store', () => {
    it.each([
      ['disconnected', {}],
      ['failed', { connection: 'failed', connectionError: 'INVALID_CREDENTIALS' }],
      ['of a strange name', { name: 'ö\'"\\%😀' }],
    ] as const)('comes back whole: %s', async (_, changed) => {
      const { stores } = await bench.server();
      const stored = sampleStore(changed);
      await stores.insert(stored);
      expect(await stores.find(ID)).toStrictEqual(stored);
      expect(await stores.get(SCOPE, ID)).toStrictEqual(stored);
      expect(await stores.all()).toStrictEqual([stored]);
    });

    it.each([
      ['an unknown id', SCOPE, 'cks-x'],
      ['another account', { ...SCOPE, accountId: '444455556666' }, ID],
      ['another Region', { ...SCOPE, region: 'eu-west-1' }, ID],
    ])('is not there for %s', async (_, scope, id) => {
      const { stores } = await bench.server();
      await stores.insert(store);
      await expect(worded(stores.get(scope, id))).rejects.toMatchObject({
        ...NOT_FOUND,
        message: `Custom key store ${id} does not exist.`,
      });
    });

    it.each([
      ['the name', { ...numbered(2), name: store.name }, NAME_IN_USE],
      [
        'the cluster',
        { ...numbered(2), cloudHsmClusterId: store.cloudHsmClusterId },
        CLUSTER_IN_USE,
      ],
      [
        'the cluster in another account',
        { ...numbered(2), accountId: '444455556666', cloudHsmClusterId: store.cloudHsmClusterId },
        CLUSTER_IN_USE,
      ],
    ])('shares not %s with another', async (_, other, refusal) => {
      const { stores } = await bench.server();
      await stores.insert(store);
      await expect(worded(stores.insert(other))).rejects.toMatchObject(refusal);
      expect(await stores.all()).toStrictEqual([store]);
    });

    it('may share its name with one of another Region', async () => {
      const { stores } = await bench.server();
      await stores.insert(store);
      await stores.insert({ ...numbered(2), name: store.name, region: 'eu-west-1' });
      expect(await stores.all()).toHaveLength(2);
    });

    it.each([
      ['name', (index: number) => ({ ...numbered(index), name: 'same' }), NAME_IN_USE],
      [
        'cluster',
        (index: number) => ({ ...numbered(index), cloudHsmClusterId: 'cluster-bbbbbbbbbbb' }),
        CLUSTER_IN_USE,
      ],
    ])('is made by one of many with the same %s', async (_, make, refusal) => {
      const { stores } = await bench.server();
      const { won, refusals } = await allAtOnce(
        [1, 2, 3, 4].map((index) => stores.insert(make(index))),
      );
      expect(won).toBe(1);
      for (const one of refusals) expect(wordFact(one)).toMatchObject(refusal);
    });

    it('is the last that the quota lets be, however many are made at once', async () => {
      const { stores } = await bench.server();
      for (let index = 1; index < MOST; index += 1) await stores.insert(numbered(index));
      const { won } = await allAtOnce(
        [1, 2, 3].map((more) => stores.insert(numbered(MOST + more))),
      );
      expect(won).toBe(1);
      await expect(worded(stores.insert(numbered(MOST + 4)))).rejects.toMatchObject({
        code: 'LimitExceededException',
      });
      await stores.insert({ ...numbered(MOST + 5), region: 'eu-west-1' });
    });
  });

  describe('a change of a store', () => {
    it('is stored and answered', async () => {
      const { stores } = await bench.server();
      await stores.insert(store);
      const changed = await stores.change(ID, () => ({ name: 'new', connection: 'connected' }));
      expect(changed).toStrictEqual({ ...store, name: 'new', connection: 'connected' });
      expect(await stores.find(ID)).toStrictEqual(changed);
    });

    it.each([
      ['name', { name: numbered(2).name }, NAME_IN_USE],
      ['cluster', { cloudHsmClusterId: numbered(2).cloudHsmClusterId }, CLUSTER_IN_USE],
    ])('takes no other store its %s', async (_, change, refusal) => {
      const { stores } = await bench.server();
      await stores.insert(store);
      await stores.insert(numbered(2));
      await expect(worded(stores.change(ID, () => change))).rejects.toMatchObject(refusal);
      expect(await stores.find(ID)).toStrictEqual(store);
    });

    it('that only one may make is made by one', async () => {
      const { stores } = await bench.server();
      await stores.insert(store);
      const connect = () =>
        stores.change(ID, (fresh) => {
          if (fresh.connection !== 'disconnected') throw new Error('too late');
          return { connection: 'connected' };
        });
      const { won, refusals } = await allAtOnce([connect(), connect(), connect(), connect()]);
      expect(won).toBe(1);
      for (const refusal of refusals) expect(refusal).toMatchObject({ message: 'too late' });
    });

    it('of a store that is gone is refused', async () => {
      const { stores } = await bench.server();
      await expect(worded(stores.change(ID, () => ({})))).rejects.toMatchObject(NOT_FOUND);
      await expect(worded(stores.delete(ID, accept))).rejects.toMatchObject(NOT_FOUND);
    });
  });

  describe('deleting a store', () => {
    it('leaves nothing', async () => {
      const { stores } = await bench.server();
      await stores.insert(store);
      await stores.delete(ID, accept);
      expect(await stores.all()).toStrictEqual([]);
    });

    it('is refused while a key is in it, even one that awaits deletion', async () => {
      const { stores, keys } = await bench.server();
      await stores.insert(store);
      await keys.insert(sampleKey({ customKeyStoreId: ID, status: 'pending-deletion' }), []);
      await expect(worded(stores.delete(ID, accept))).rejects.toMatchObject({
        code: 'CustomKeyStoreHasCMKsException',
      });
      expect(await stores.find(ID)).toStrictEqual(store);
    });

    it('is refused by the check of its state', async () => {
      const { stores } = await bench.server();
      await stores.insert(store);
      const refusal = new Error('connected');
      await expect(
        stores.delete(ID, () => {
          throw refusal;
        }),
      ).rejects.toBe(refusal);
      expect(await stores.find(ID)).toStrictEqual(store);
    });
  });

  it.each([
    ['all', SCOPE, {}, '', 10, ['cks-1', 'cks-2', 'cks-3']],
    ['from a position', SCOPE, {}, 'cks-1', 1, ['cks-2']],
    ['by id', SCOPE, { customKeyStoreId: 'cks-3' }, '', 10, ['cks-3']],
    ['by name', SCOPE, { name: 'store-2' }, '', 10, ['cks-2']],
    ['by a name that differs in case', SCOPE, { name: 'STORE-2' }, '', 10, []],
    ['of another account', { ...SCOPE, accountId: '444455556666' }, {}, '', 10, []],
  ])('the list of stores: %s', async (_, scope, filter, after, limit, ids) => {
    const { stores } = await bench.server();
    for (const index of [3, 1, 2]) await stores.insert(numbered(index));
    const listed = await stores.list(scope, filter, after, limit);
    expect(listed.map(({ customKeyStoreId }) => customKeyStoreId)).toStrictEqual(ids);
  });
});
