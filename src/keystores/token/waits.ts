import { setTimeout as after } from 'node:timers/promises';
import type { Deadline } from '../../kernel/time.js';

/** Waits, in milliseconds. */
export async function pause(ms: number): Promise<void> {
  await after(ms);
}

/**
 * Waits no longer than the caller does; the work goes on. False where it has not ended by then. Rejects
 * with what the work failed with.
 */
export async function endsWithin(
  deadline: Deadline,
  now: () => number,
  work: Promise<unknown>,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, deadline - now()));
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
