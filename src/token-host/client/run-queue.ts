import { readdirSync, readFileSync } from 'node:fs';

/**
 * How long each thread of a process has been ready to run and got no CPU, in milliseconds: the second
 * figure of /proc/<pid>/task/<tid>/schedstat (proc(5)). Empty where the kernel doesn't tell.
 */
export function runQueueDelays(pid: number): ReadonlyMap<string, number> {
  const delays = new Map<string, number>();
  try {
    const tasks = `/proc/${pid}/task`;
    for (const tid of readdirSync(tasks)) {
      const delay = Number(readFileSync(`${tasks}/${tid}/schedstat`, 'latin1').split(' ')[1]);
      if (Number.isFinite(delay)) delays.set(tid, delay / 1e6);
    }
  } catch {
    // The process, or one of its threads, has just ended: whoever watches it hears of that.
  }
  return delays;
}

/** The most that any one thread waited for a CPU between two readings, in milliseconds. */
export function longestWait(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): number {
  let longest = 0;
  for (const [tid, delay] of after) longest = Math.max(longest, delay - (before.get(tid) ?? 0));
  return longest;
}
