import { describe, expect, it } from 'vitest';
import { combinations, conformanceServer } from '../support/faces/conformance-server.js';
import { type Expected, expectRefusal, violation } from '../support/faces/refusals.js';

const server = conformanceServer();

const tagRefusal = (message: string): Expected => ({ name: 'TagException', message });
const RESERVED = tagRefusal('Tags beginning with aws: are reserved');
const tag = (TagKey: string, TagValue = '') => ({ TagKey, TagValue });
const many = (count: number, prefix = 'k') =>
  Array.from({ length: count }, (_, at) => tag(`${prefix}${String(at).padStart(2, '0')}`));
const atTag = (value: string, path: string, text: string) =>
  violation(`Value '${value}' at '${path}' failed to satisfy constraint: ${text}`);
const LONGER = 'Member must have length less than or equal to';
const SHORTER = 'Member must have length greater than or equal to';
const KEY_129 = 'x'.repeat(129);
const VALUE_257 = 'x'.repeat(257);

describe.each(combinations)('tags of $store keys over $face', ({ face, store }) => {
  const { call, newKey } = server.over(face, store);
  const tagsOf = async (KeyId: string) => (await call('ListResourceTags', { KeyId })).Tags;

  it('are added, replaced by key and removed', async () => {
    const { id: KeyId } = await newKey();
    expect(await call('ListResourceTags', { KeyId })).toEqual({ Tags: [], Truncated: false });
    const first = { KeyId, Tags: [tag('a', '1'), tag('b', '2'), tag('A')] };
    expect(await call('TagResource', first)).toEqual({});
    await call('TagResource', { KeyId, Tags: [tag('b', 'two'), tag('Größe ☃', '∞')] });
    const untag = { KeyId, TagKeys: ['a', 'was never there'] };
    expect(await call('UntagResource', untag)).toEqual({});
    const tags = await tagsOf(KeyId);
    expect(tags).toHaveLength(3);
    expect(tags).toEqual(expect.arrayContaining([tag('A'), tag('b', 'two'), tag('Größe ☃', '∞')]));
  });

  it('are at most 50, those replaced not counted twice', async () => {
    const { id: KeyId } = await newKey();
    await call('TagResource', { KeyId, Tags: many(50) });
    await call('TagResource', { KeyId, Tags: [tag('k00', 'new')] });
    const one = call('TagResource', { KeyId, Tags: [tag('one more')] });
    await expectRefusal(face, one, tagRefusal('Too many tags'));
    const both = call('TagResource', { KeyId, Tags: [tag('k01', 'new'), tag('one more')] });
    await expectRefusal(face, both, tagRefusal('Too many tags'));
    const tags = await tagsOf(KeyId);
    expect(tags).toHaveLength(50);
    expect(tags).toEqual(expect.arrayContaining([tag('k00', 'new'), tag('k01')]));
  });

  it.each<[object[], Expected]>([
    [[tag('a'), tag('a', 'b')], tagRefusal('Duplicate tag keys')],
    [[tag('aws:x')], RESERVED],
    [[tag('Aws:x')], RESERVED],
    [many(51), tagRefusal('Too many tags')],
    [[tag('')], atTag('', 'tags.1.member.tagKey', `${SHORTER} 1`)],
    [[tag('a'), tag(KEY_129)], atTag(KEY_129, 'tags.2.member.tagKey', `${LONGER} 128`)],
    [[tag('a', VALUE_257)], atTag(VALUE_257, 'tags.1.member.tagValue', `${LONGER} 256`)],
    [
      [{ TagKey: 'a' }],
      violation(
        "Value null at 'tags.1.member.tagValue' failed to satisfy constraint: Member must not be null",
      ),
    ],
  ])('TagResource refuses %j', async (Tags, refusal) => {
    const { id: KeyId } = await newKey({ Tags: [tag('old')] });
    await expectRefusal(face, call('TagResource', { KeyId, Tags: Tags as never }), refusal);
    expect(await tagsOf(KeyId)).toEqual([tag('old')]);
  });

  it('the longest key and value fit', async () => {
    const { id: KeyId } = await newKey();
    const longest = tag('x'.repeat(128), 'y'.repeat(256));
    await call('TagResource', { KeyId, Tags: [longest] });
    expect(await tagsOf(KeyId)).toEqual([longest]);
  });

  it('UntagResource refuses tag keys that only AWS may set', async () => {
    const { id: KeyId } = await newKey();
    await expectRefusal(face, call('UntagResource', { KeyId, TagKeys: ['aws:x'] }), RESERVED);
  });
});
