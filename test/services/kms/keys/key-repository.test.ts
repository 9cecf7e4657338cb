import { describe, expect, it } from 'vitest';
import type { Key } from '../../../../src/services/kms/keys/key.js';
import { checkTagCount } from '../../../../src/services/kms/keys/tags.js';
import { allAtOnce, describeDatabases, type ServerView } from '../../../support/database-bench.js';
import {
  CREATED_AT,
  KEY_ID,
  MATERIAL_ID,
  sampleKey,
  sampleMaterial,
} from '../../../support/sample-key.js';
import { sampleStore } from '../../../support/sample-store.js';

const REGION = 'us-east-1';
const tag = (TagKey: string, TagValue = '') => ({ TagKey, TagValue });
const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => tag(`${prefix}${index}`));

/** Whether anything of a key is in the database. */
async function rowsOf({ database }: ServerView, { keyId }: Key): Promise<number> {
  let rows = 0;
  for (const table of ['keys', 'key_materials', 'tags', 'token_objects']) {
    const row = await database(table).where({ key_id: keyId }).count({ total: '*' }).first();
    rows += Number(row?.total);
  }
  return rows;
}

describeDatabases((bench) => {
  describe('a key that is stored', () => {
    it.each<[string, Partial<Key>]>([
      ['as it is by default', {}],
      [
        'with every kind of character',
        { description: '"\'\\%_\n\t😀é\u{10ffff}', policy: '{"a":"ÿ"}' },
      ],
      ['disabled', { enabled: false }],
      ['with what its token has proven', { provenAlgorithms: ['RSAES_OAEP_SHA_1'] }],
      [
        'awaiting deletion far from now',
        { status: 'pending-deletion', deletionDate: new Date(Date.UTC(2999, 11, 31)) },
      ],
      [
        'with several materials of any octets',
        {
          materials: new Map(
            [0x00, 0x27, 0x5c, 0xff].map((octet) => {
              const materialId = Buffer.alloc(32, octet).toString('hex');
              return [materialId, sampleMaterial({ materialId, sealed: Buffer.alloc(99, octet) })];
            }),
          ),
        },
      ],
    ])('comes back whole: %s', async (_, changed) => {
      const { keys } = await bench.server();
      const key = sampleKey(changed);
      await keys.insert(key, []);
      expect(await keys.find(REGION, KEY_ID)).toStrictEqual(key);
    });

    it('is found in its own Region only', async () => {
      const { keys } = await bench.server();
      await keys.insert(sampleKey(), []);
      expect(await keys.find('eu-west-1', KEY_ID)).toBeUndefined();
    });

    it('is answered at once when it is warm', async () => {
      const { keys } = await bench.server();
      await keys.insert(sampleKey(), []);
      expect(keys.find(REGION, KEY_ID)).toBeInstanceOf(Promise);
      const read = await keys.find(REGION, KEY_ID);
      expect(keys.find(REGION, KEY_ID)).toBe(read);
    });

    it('is not stored a second time, and the first stays as it is', async () => {
      const { keys } = await bench.server();
      await keys.insert(sampleKey({ description: 'first' }), [tag('a')]);
      const second = sampleKey({ description: 'second' });
      await expect(keys.insert(second, [tag('b')])).rejects.toThrow();
      expect(await keys.find(REGION, KEY_ID)).toMatchObject({ description: 'first' });
      expect(await keys.listTags(sampleKey(), '', 10)).toStrictEqual([tag('a')]);
    });
  });

  describe('a key in a token', () => {
    const ckaId = 'ab'.repeat(16);
    const material = sampleMaterial({ sealed: undefined, ckaId });
    const inToken = sampleKey({
      origin: 'AWS_CLOUDHSM',
      customKeyStoreId: sampleStore().customKeyStoreId,
      cloudHsmClusterId: sampleStore().cloudHsmClusterId,
      materials: new Map([[MATERIAL_ID, material]]),
    });
    const intent = {
      ckaId,
      tokenId: 't',
      accountId: '111122223333',
      region: REGION,
      keyId: KEY_ID,
    };

    it('turns its intent live in the same transaction', async () => {
      const server = await bench.server();
      await server.stores.insert(sampleStore());
      await server.objects().intend(intent);
      await server.keys.insert(inToken, []);
      expect(await server.keys.find(REGION, KEY_ID)).toStrictEqual(inToken);
      expect(await server.database('token_objects').first('status')).toEqual({ status: 'live' });
    });

    it.each([
      { name: 'there is no intent', prepare: async () => undefined },
      {
        name: 'the intent was given up',
        prepare: async (server: ServerView) => {
          await server.objects().intend(intent);
          await server.objects().discard(ckaId);
        },
      },
    ])('is not stored when $name', async ({ prepare }) => {
      const server = await bench.server();
      await server.stores.insert(sampleStore());
      await prepare(server);
      const before = await rowsOf(server, inToken);
      await expect(server.keys.insert(inToken, [tag('a')])).rejects.toThrow('intent');
      expect(await rowsOf(server, inToken)).toBe(before);
    });

    it('is not stored when its custom key store is not', async () => {
      const server = await bench.server();
      await server.objects().intend(intent);
      await expect(server.keys.insert(inToken, [])).rejects.toThrow();
      expect(await server.keys.find(REGION, KEY_ID)).toBeUndefined();
    });
  });

  describe('a change', () => {
    it('is seen by the next read', async () => {
      const { keys } = await bench.server();
      const key = sampleKey();
      await keys.insert(key, []);
      await keys.find(REGION, KEY_ID);
      const changed = await keys.change(key, () => ({ description: 'new', enabled: false }));
      expect(changed).toStrictEqual({ ...key, description: 'new', enabled: false });
      expect(await keys.find(REGION, KEY_ID)).toStrictEqual(changed);
    });

    it('that is refused changes nothing', async () => {
      const { keys, database } = await bench.server();
      const key = sampleKey();
      await keys.insert(key, []);
      const before = await database('changes').count({ total: '*' }).first();
      const refusal = new Error('refused');
      await expect(
        keys.change(key, () => {
          throw refusal;
        }),
      ).rejects.toBe(refusal);
      expect(await keys.find(REGION, KEY_ID)).toStrictEqual(key);
      expect(await database('changes').count({ total: '*' }).first()).toStrictEqual(before);
    });

    it('that only one may make is made by one', async () => {
      const { keys } = await bench.server();
      const key = sampleKey();
      await keys.insert(key, []);
      const schedule = () =>
        keys.change(key, (fresh) => {
          if (fresh.status !== 'active') throw new Error('already scheduled');
          return { status: 'pending-deletion', deletionDate: CREATED_AT };
        });
      const { won, refusals } = await allAtOnce(Array.from({ length: 8 }, schedule));
      expect(won).toBe(1);
      for (const refusal of refusals)
        expect(refusal).toMatchObject({ message: 'already scheduled' });
    });

    it('is built on the change before it', async () => {
      const { keys } = await bench.server();
      const key = sampleKey({ description: '' });
      await keys.insert(key, []);
      const append = () => keys.change(key, (fresh) => ({ description: `${fresh.description}x` }));
      await Promise.all(Array.from({ length: 8 }, append));
      expect(await keys.find(REGION, KEY_ID)).toMatchObject({ description: 'x'.repeat(8) });
    });
  });

  describe('the list of keys', () => {
    it('is in order of id, from a position, of one account and Region', async () => {
      const { keys } = await bench.server();
      const ids = ['c', 'a', 'b', 'd'].map((letter) => letter.repeat(8));
      for (const keyId of ids) await keys.insert(sampleKey({ keyId }), []);
      await keys.insert(sampleKey({ keyId: 'other-account', accountId: '444455556666' }), []);
      await keys.insert(sampleKey({ keyId: 'other-region', region: 'eu-west-1' }), []);
      const sorted = [...ids].sort();
      expect(await keys.list('111122223333', REGION, '', 10)).toStrictEqual(sorted);
      expect(await keys.list('111122223333', REGION, sorted[0] ?? '', 2)).toStrictEqual(
        sorted.slice(1, 3),
      );
    });
  });

  describe('tags', () => {
    const key = sampleKey();
    const other = sampleKey({ keyId: 'another' });

    it('are put, replaced, listed in pages and deleted, of one key only', async () => {
      const { keys } = await bench.server();
      await keys.insert(key, [tag('b', '1'), tag('a', '1')]);
      await keys.insert(other, [tag('a', 'other')]);
      await keys.putTags(key, [tag('b', '2'), tag('c', '2')], checkTagCount);
      expect(await keys.listTags(key, '', 10)).toStrictEqual([
        tag('a', '1'),
        tag('b', '2'),
        tag('c', '2'),
      ]);
      expect(await keys.listTags(key, 'a', 1)).toStrictEqual([tag('b', '2')]);
      await keys.deleteTags(key, ['a', 'c', 'unknown']);
      expect(await keys.listTags(key, '', 10)).toStrictEqual([tag('b', '2')]);
      expect(await keys.listTags(other, '', 10)).toStrictEqual([tag('a', 'other')]);
    });

    it.each([
      { name: 'put', act: ({ keys }: ServerView) => keys.putTags(key, [], checkTagCount) },
      { name: 'deleted', act: ({ keys }: ServerView) => keys.deleteTags(key, []) },
      {
        name: 'deleted that the key has not',
        act: ({ keys }: ServerView) =>
          keys.deleteTags(
            key,
            numbered('unknown', 70_000).map(({ TagKey }) => TagKey),
          ),
      },
    ])('stay as they are when none is $name', async ({ act }) => {
      const server = await bench.server();
      await server.keys.insert(key, [tag('a')]);
      await act(server);
      expect(await server.keys.listTags(key, '', 10)).toStrictEqual([tag('a')]);
    });

    it('are counted after those that are replaced', async () => {
      const { keys } = await bench.server();
      await keys.insert(key, numbered('k', 50));
      await keys.putTags(
        key,
        numbered('k', 50).map(({ TagKey }) => tag(TagKey, 'new')),
        checkTagCount,
      );
      await expect(keys.putTags(key, [tag('one more')], checkTagCount)).rejects.toMatchObject({
        code: 'TagException',
      });
      expect(await keys.listTags(key, '', 100)).toHaveLength(50);
    });

    it('put at once never exceed the limit', async () => {
      const { keys } = await bench.server();
      await keys.insert(key, []);
      const { won, refusals } = await allAtOnce(
        ['a', 'b', 'c'].map((prefix) => keys.putTags(key, numbered(prefix, 30), checkTagCount)),
      );
      expect(won).toBe(1);
      for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'TagException' });
      expect(await keys.listTags(key, '', 100)).toHaveLength(30);
    });
  });
});
