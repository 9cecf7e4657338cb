import { describe, expect, it } from 'vitest';
import { tokenTags } from '../../../../src/services/iam/oidc/token-tags.js';

const CLAIM = 'https://aws.amazon.com/tags';

describe('session tags of a web identity token', () => {
  it.each([
    ['none', undefined, { tags: {}, transitiveTagKeys: [] }],
    [
      'each value in a list',
      { principal_tags: { Team: ['blue'], Run: ['7'] }, transitive_tag_keys: ['Team'] },
      { tags: { Team: 'blue', Run: '7' }, transitiveTagKeys: ['Team'] },
    ],
    ['values alone', { principal_tags: { a: '' } }, { tags: { a: '' }, transitiveTagKeys: [] }],
  ])('%s', (_, claim, expected) => {
    expect(tokenTags({ [CLAIM]: claim })).toEqual(expected);
  });

  const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, ['v']]));
  it.each([
    ['text', 'Team=blue'],
    ['a list', []],
    ['tags in a list', { principal_tags: [['Team', 'blue']] }],
    ['two values', { principal_tags: { Team: ['blue', 'red'] } }],
    ['no value', { principal_tags: { Team: [] } }],
    ['a number', { principal_tags: { Team: [7] } }],
    ['keys that differ by case', { principal_tags: { a: ['1'], A: ['2'] } }],
    ['a key of AWS', { principal_tags: { 'aws:x': ['1'] } }],
    ['an empty key', { principal_tags: { '': ['1'] } }],
    ['a sign that no tag has', { principal_tags: { 'a;b': ['1'] } }],
    ['too long a key', { principal_tags: { ['k'.repeat(129)]: ['1'] } }],
    ['too long a value', { principal_tags: { k: ['v'.repeat(257)] } }],
    ['51 tags', { principal_tags: many }],
    ['a transitive key without its tag', { principal_tags: {}, transitive_tag_keys: ['Team'] }],
    ['a transitive key that is none', { principal_tags: { a: ['1'] }, transitive_tag_keys: [1] }],
  ])('are refused: %s', (_, claim) => {
    expect(() => tokenTags({ [CLAIM]: claim })).toThrow(
      expect.objectContaining({ code: 'InvalidIdentityToken' }),
    );
  });
});
