/** Between which waits attempts are made again, in milliseconds. */
export interface BackOff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Beyond this a number of milliseconds would not be one any more. */
const MAX_DOUBLINGS = 30;

/**
 * The wait before attempt `attempt` (from 0), in milliseconds: doubling, bounded, and up to half of it
 * less at random, so that those who failed together don't come back together.
 */
export function backOff(
  { firstMs, maxMs }: BackOff,
  attempt: number,
  random: () => number = Math.random,
): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, MAX_DOUBLINGS));
  return full * (1 - random() / 2);
}
