import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern, matchesPattern } from '../../src/authz/pattern.js';

const nothing = { get: () => undefined };
const matches = (pattern: string, text: string) =>
  matchesPattern(compilePattern(pattern, { wildcards: true, variables: true }), text, nothing);

/** Slow and plain: every way to spend a star. */
function naive(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  const [first] = pattern;
  if (first === '*') {
    return naive(pattern.slice(1), text) || (text !== '' && naive(pattern, text.slice(1)));
  }
  if (text === '' || (first !== '?' && first !== text[0])) return false;
  return naive(pattern.slice(1), text.slice(1));
}

it('agrees with a naive matcher', () => {
  const letters = (chars: string) =>
    fc.array(fc.constantFrom(...chars), { maxLength: 8 }).map((list) => list.join(''));
  fc.assert(
    fc.property(letters('ab*?'), letters('ab'), (pattern, text) => {
      expect(matches(pattern, text)).toBe(naive(pattern, text));
    }),
    { numRuns: 2000 },
  );
});

describe('a catastrophic pattern costs no more than pattern times text', () => {
  it.each([
    ['*a*a*a…', `${'*a'.repeat(16_000)}b`, 'a'.repeat(8192)],
    ['a*a*…', `${'a*'.repeat(16_000)}b`, 'a'.repeat(8192)],
    ['***…', `${'*'.repeat(32_000)}b`, 'a'.repeat(8192)],
    ['?*?*…', `${'?*'.repeat(16_000)}`, 'a'.repeat(8192)],
  ])('%s', (_, pattern, text) => {
    expect(matches(pattern, text)).toBe(naiveLength(pattern, text));
  });
});

/** What those patterns come to: each wants more letters than there are, or one that isn't there. */
function naiveLength(pattern: string, text: string): boolean {
  const letters = pattern.replaceAll('*', '').length;
  return letters <= text.length && !pattern.endsWith('b');
}
