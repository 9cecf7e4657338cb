import fc from 'fast-check';
import { expect, it } from 'vitest';
import { backOff } from '../../src/kernel/back-off.js';

const limits = { firstMs: 250, maxMs: 10_000 };

it.each([
  [0, 250],
  [1, 500],
  [2, 1000],
  [10, 10_000],
  [1000, 10_000],
])('attempt %d waits at most %d ms and at least half of that', (attempt, expected) => {
  expect(backOff(limits, attempt, () => 0)).toBe(expected);
  expect(backOff(limits, attempt, () => 1)).toBe(expected / 2);
});

it('never waits longer than the bound, whatever the numbers', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer({ min: 1, max: 1e6 }),
      fc.nat(1e9),
      (attempt, firstMs, maxMs) => {
        const wait = backOff({ firstMs, maxMs }, attempt);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(maxMs);
      },
    ),
  );
});
