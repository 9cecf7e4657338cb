import { describe, expect, it } from 'vitest';
import { checkTagCount, checkTagKeys, checkTags } from '../../../../src/services/kms/keys/tags.js';

const tags = (...names: string[]) => names.map((TagKey) => ({ TagKey, TagValue: '' }));
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `k${index}`);

describe('tags', () => {
  it.each([
    { name: 'none', names: [] },
    { name: 'fifty', names: numbered(50) },
    { name: 'keys that differ in case', names: ['a', 'A'] },
    { name: 'aws without a colon', names: ['aws', 'awsome', 'x:aws:'] },
    { name: 'names of every object', names: ['__proto__', 'constructor'] },
  ])('are taken: $name', ({ names }) => {
    expect(() => checkTags(tags(...names))).not.toThrow();
  });

  it.each([
    { names: numbered(51), message: 'Too many tags' },
    { names: ['a', 'b', 'a'], message: 'Duplicate tag keys' },
    { names: ['aws:x'], message: 'Tags beginning with aws: are reserved' },
    { names: ['AWS:x'], message: 'Tags beginning with aws: are reserved' },
    { names: ['aws:x', 'aws:x'], message: 'Tags beginning with aws: are reserved' },
    { names: ['a', ...numbered(51), 'a'], message: 'Duplicate tag keys' },
  ])('are refused: $message', ({ names, message }) => {
    expect(() => checkTags(tags(...names))).toThrow(
      expect.objectContaining({ code: 'TagException', message }),
    );
  });
});

it.each([
  { keys: ['a', 'b'], reserved: false },
  { keys: ['a', 'aws:b'], reserved: true },
  { keys: ['aWs:b'], reserved: true },
])('tag keys $keys, reserved $reserved', ({ keys, reserved }) => {
  const check = () => checkTagKeys(keys);
  if (reserved) expect(check).toThrow(expect.objectContaining({ code: 'TagException' }));
  else expect(check).not.toThrow();
});

it.each([
  [50, false],
  [51, true],
])('%i tags of a key are too many: %s', (total, tooMany) => {
  const check = () => checkTagCount(total);
  if (tooMany) expect(check).toThrow(expect.objectContaining({ message: 'Too many tags' }));
  else expect(check).not.toThrow();
});
