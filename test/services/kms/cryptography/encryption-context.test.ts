import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalContext } from '../../../../src/services/kms/cryptography/encryption-context.js';

const text = fc.string({ unit: fc.constantFrom('a', 'b', '', '\0', 'é', '😀'), maxLength: 4 });
const pairs = fc.uniqueArray(fc.tuple(text, text), { maxLength: 5, selector: ([name]) => name });
const contextOf = (entries: readonly (readonly [string, string])[]) => Object.fromEntries(entries);
const sorted = (entries: readonly (readonly [string, string])[]) =>
  JSON.stringify([...entries].sort(([left], [right]) => (left < right ? -1 : 1)));

describe('the canonical form', () => {
  it.each([
    [undefined, '0000'],
    [{}, '0000'],
    [{ a: 'bc' }, '0001 0001 61 0002 6263'],
    [{ ab: 'c' }, '0001 0002 6162 0001 63'],
    [{ '': '' }, '0001 0000 0000'],
    [{ b: '2', a: '1' }, '0002 0001 61 0001 31 0001 62 0001 32'],
    [{ é: '€' }, '0001 0002 c3a9 0003 e282ac'],
    // By UTF-8 octets U+FF5E comes before U+1F600; by UTF-16 units it would come after.
    [{ '😀': '', '～': '' }, '0002 0003 efbd9e 0000 0004 f09f9880 0000'],
  ])('of %j is %s', (context, hex) => {
    expect(canonicalContext(context).toString('hex')).toBe(hex.replaceAll(' ', ''));
  });

  it('is the same for two contexts only if they have the same pairs', () => {
    fc.assert(
      fc.property(pairs, pairs, (left, right) => {
        const equal = canonicalContext(contextOf(left)).equals(canonicalContext(contextOf(right)));
        expect(equal).toBe(sorted(left) === sorted(right));
      }),
      { numRuns: 2000 },
    );
  });

  it('does not depend on the order of the pairs', () => {
    const reordered = pairs.chain((entries) =>
      fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })),
    );
    fc.assert(
      fc.property(reordered, ([left, right]) => {
        expect(canonicalContext(contextOf(left))).toStrictEqual(canonicalContext(contextOf(right)));
      }),
    );
  });
});

describe('a context that has none', () => {
  const invalid = 'The encryption context has a string that is not valid Unicode.';
  const tooLong = 'The encryption context is longer than 8192 bytes.';
  // Two octets for the count and four for the lengths of the only pair.
  const longest = 8192 - 6;

  it.each([
    { name: 'a lone high surrogate as a name', context: { '\ud800': 'v' }, message: invalid },
    { name: 'a lone low surrogate as a value', context: { k: '\udc00' }, message: invalid },
    { name: 'a pair the wrong way round', context: { k: '\udc00\ud800' }, message: invalid },
    {
      name: 'a value one octet too long',
      context: { '': 'v'.repeat(longest + 1) },
      message: tooLong,
    },
    {
      name: 'a name one octet too long',
      context: { ['k'.repeat(longest + 1)]: '' },
      message: tooLong,
    },
    { name: 'a value of 65,536 octets', context: { k: 'v'.repeat(65_536) }, message: tooLong },
    {
      name: 'octets, not characters, that are too many',
      context: { k: '€'.repeat(2730) },
      message: tooLong,
    },
    {
      name: 'too many pairs',
      context: contextOf(Array.from({ length: 2000 }, (_, index) => [String(index), ''] as const)),
      message: tooLong,
    },
  ])('is refused: $name', ({ context, message }) => {
    expect(() => canonicalContext(context)).toThrow(
      expect.objectContaining({ code: 'ValidationException', message }),
    );
  });

  it.each([{ '': 'v'.repeat(longest) }, { ['k'.repeat(longest)]: '' }])(
    'is not one that just fits',
    (context) => {
      expect(canonicalContext(context)).toHaveLength(8192);
    },
  );
});
