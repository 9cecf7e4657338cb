import { describe, expect, it } from 'vitest';
import { LEASE_MS, MemoryLease } from '../../src/db/memory-lease.js';

const HOUR_MS = 3_600_000;

describe('a lease on memory', () => {
  it.each<[what: string, monotonic: number, wall: number, held: boolean]>([
    ['just renewed', 0, 0, true],
    ['by both clocks almost over', LEASE_MS - 1, LEASE_MS - 1, true],
    ['over', LEASE_MS, LEASE_MS, false],
    ['over, with a wall clock set back', LEASE_MS, -HOUR_MS, false],
    ['over, with a wall clock that stands', LEASE_MS, 0, false],
    ['after a sleep in which only the wall clock went on', 0, HOUR_MS, false],
  ])('%s', (_what, monotonic, wall, held) => {
    const clocks = { monotonic: 1000, wall: 1_800_000_000_000 };
    const lease = new MemoryLease({
      monotonic: () => clocks.monotonic,
      wallClock: () => clocks.wall,
    });
    expect(lease.held).toBe(false);
    lease.renew(lease.now());
    clocks.monotonic += monotonic;
    clocks.wall += wall;
    expect(lease.held).toBe(held);
    lease.end();
    expect(lease.held).toBe(false);
  });
});
