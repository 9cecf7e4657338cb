import { describe, expect, it } from 'vitest';
import type { Key } from '../../../../src/services/kms/keys/key.js';
import { keyArn } from '../../../../src/services/kms/keys/key-id.js';
import { TaggedKeys } from '../../../../src/services/kms/keys/tagged-keys.js';
import { describeDatabases, type ServerView } from '../../../support/database-bench.js';
import { sampleKey } from '../../../support/sample-key.js';

const SCOPE = { partition: 'aws', accountId: '111122223333', region: 'us-east-1' };
const idOf = (at: number) => `1234abcd-12ab-34cd-56ef-${String(at).padStart(12, '0')}`;
const tagsOf = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));

async function insert({ keys }: ServerView, at: number, tags: object, more: Partial<Key> = {}) {
  const { accountId, region } = { ...SCOPE, ...more };
  const keyId = idOf(at);
  const arn = keyArn({ ...SCOPE, accountId, region }, keyId);
  const key = sampleKey({ keyId, accountId, region, arn, materials: new Map(), ...more });
  await keys.insert(key, tagsOf(tags as Record<string, string>));
  return key;
}

describeDatabases((bench) => {
  describe('tagged keys', () => {
    it('are those of the account and Region that have tags, or had them', async () => {
      const server = await bench.server();
      const tagged = new TaggedKeys(server.database);
      await insert(server, 1, { b: '1', a: '' });
      const late = await insert(server, 2, {});
      const once = await insert(server, 3, { gone: '' });
      const removed = await insert(server, 4, { a: '' });
      await insert(server, 5, { a: '' }, { accountId: '444455556666' });
      await insert(server, 6, { a: '' }, { region: 'eu-west-1' });
      await insert(server, 7, {});
      await server.keys.putTags(late, tagsOf({ c: 'x' }), () => {});
      await server.keys.deleteTags(once, ['gone']);
      await server.keys.remove(removed, () => ({ put: [] }));
      const shown = (found: Awaited<ReturnType<TaggedKeys['list']>>) =>
        found.map(({ keyId, tags }) => [keyId, [...tags]]);
      const first = [
        idOf(1),
        [
          ['a', ''],
          ['b', '1'],
        ],
      ];
      expect(shown(await tagged.list(SCOPE, '', 10))).toEqual([
        first,
        [idOf(2), [['c', 'x']]],
        [idOf(3), []],
      ]);
      expect(shown(await tagged.list(SCOPE, '', 1))).toEqual([first]);
      expect(shown(await tagged.list(SCOPE, idOf(2), 10))).toEqual([[idOf(3), []]]);
      const named = await tagged.named(SCOPE, [idOf(1), idOf(5), idOf(6), idOf(7), 'nonsense']);
      expect(shown(named)).toEqual([first]);
      expect(named[0]?.arn).toBe(keyArn(SCOPE, idOf(1)));
    });

    it('tell each tag key, and each value of one, once and in order', async () => {
      const server = await bench.server();
      const tagged = new TaggedKeys(server.database);
      await insert(server, 1, { b: '2', a: '', Z: 'x' });
      await insert(server, 2, { b: '', ä: '' });
      await insert(server, 3, { b: '2' });
      await insert(server, 4, { other: '' }, { accountId: '444455556666' });
      expect(await tagged.names(SCOPE, '', 10)).toEqual(['Z', 'a', 'b', 'ä']);
      expect(await tagged.names(SCOPE, 'Z', 2)).toEqual(['a', 'b']);
      expect(await tagged.names(SCOPE, 'ä', 2)).toEqual([]);
      expect(await tagged.values(SCOPE, 'b', undefined, 10)).toEqual(['', '2']);
      expect(await tagged.values(SCOPE, 'b', '', 10)).toEqual(['2']);
      expect(await tagged.values(SCOPE, 'other', undefined, 10)).toEqual([]);
    });
  });
});
