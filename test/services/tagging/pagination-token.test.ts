import { describe, expect, it } from 'vitest';
import { positionIn, tokenOf } from '../../../src/services/tagging/pagination-token.js';

const NOW = Date.UTC(2026, 10, 27);
const QUESTION = { TagFilters: [{ Key: 'a' }] };
const MINUTE = 60_000;

describe('a pagination token', () => {
  it.each(['', 'kms:key 1', 'with: every\n{"thing"} ÿ😀'])('holds the position %j', (position) => {
    const token = tokenOf(QUESTION, position, NOW);
    expect(positionIn(token, QUESTION, NOW)).toBe(position);
    expect(positionIn(token, QUESTION, NOW + 15 * MINUTE)).toBe(position);
  });

  it.each([undefined, ''])('that is %j begins the list', (token) => {
    expect(positionIn(token, QUESTION, NOW)).toBeUndefined();
  });

  it('ends after a quarter of an hour', () => {
    const token = tokenOf(QUESTION, 'x', NOW);
    expect(() => positionIn(token, QUESTION, NOW + 15 * MINUTE + 1)).toThrow(
      expect.objectContaining({ code: 'PaginationTokenExpiredException' }),
    );
  });

  it.each([
    ['of another question', tokenOf({}, 'x', NOW)],
    ['cut', tokenOf(QUESTION, 'x', NOW).slice(0, -1)],
    ['with more behind it', `${tokenOf(QUESTION, 'x', NOW)}AAAA`],
    ['that is none', 'bm9uc2Vuc2U='],
  ])('%s is refused', (_, token) => {
    expect(() => positionIn(token, QUESTION, NOW)).toThrow(
      expect.objectContaining({ code: 'InvalidParameterException' }),
    );
  });
});
