import { describe, expect, it, vi } from 'vitest';
import { SlowFigures } from '../../src/observe/slow-figures.js';

const SECOND = 1000;

function figures() {
  let now = 0;
  const warn = vi.fn();
  const log = { debug: vi.fn(), info: vi.fn(), error: vi.fn(), warn };
  const read = vi.fn(async () => now);
  const slow = new SlowFigures({ read, monotonic: () => now, log });
  return { slow, read, warn, pass: (ms: number) => (now += ms) };
}

describe('figures of the database', () => {
  it('are read once for all who ask within half a minute', async () => {
    const { slow, read, pass } = figures();
    expect(await Promise.all([slow.get(), slow.get()])).toEqual([0, 0]);
    pass(29 * SECOND);
    expect(await slow.get()).toBe(0);
    expect(read).toHaveBeenCalledOnce();
    pass(SECOND);
    expect(await slow.get()).toBe(30 * SECOND);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('that can no more be read are shown for ten minutes, said once, and then not', async () => {
    const { slow, read, warn, pass } = figures();
    await slow.get();
    read.mockRejectedValue(new Error('the database is away'));
    for (const [ms, shown] of [
      [31 * SECOND, 0],
      [568 * SECOND, 0],
      [SECOND, undefined],
    ] as const) {
      pass(ms);
      expect(await slow.get()).toBe(shown);
    }
    expect(warn).toHaveBeenCalledOnce();
  });

  it('that take long hold up nobody, and are asked for once', async () => {
    vi.useFakeTimers();
    try {
      const { slow, read, pass } = figures();
      let answer: (value: number) => void = () => undefined;
      read.mockReturnValue(new Promise((resolve) => (answer = resolve)));
      const first = slow.get();
      await vi.advanceTimersByTimeAsync(2 * SECOND);
      expect(await first).toBeUndefined();
      const second = slow.get();
      answer(7);
      expect(await second).toBe(7);
      pass(SECOND);
      expect(await slow.get()).toBe(7);
      expect(read).toHaveBeenCalledOnce();
    } finally {
      vi.useRealTimers();
    }
  });
});
