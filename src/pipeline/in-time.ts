/** How a piece of work ended, or that its time was up before. */
export type Ending = 'done' | 'late' | { readonly thrown: unknown };

/** Work that goes on whether it is waited for or not. Never rejects. */
export type Work = Promise<Exclude<Ending, 'late'>>;

export function endingOf(work: Promise<void>): Work {
  return work.then(
    () => 'done' as const,
    (thrown: unknown) => ({ thrown }),
  );
}

/** How often it is looked whose time is up: one timer is cheaper than one for each call. */
const SWEEP_MS = 20;

interface Waiting {
  /** In milliseconds of performance.now(). */
  readonly until: number;
  readonly late: () => void;
}

const waiting = new Set<Waiting>();
let sweeper: NodeJS.Timeout | undefined;

/** Waits for so many milliseconds at most, and 20 more; what is late is not ended by it. */
export function inTime(work: Work, patienceMs: number): Promise<Ending> {
  return new Promise((resolve) => {
    const one = { until: performance.now() + patienceMs, late: () => resolve('late') };
    waiting.add(one);
    sweeper ??= setInterval(sweep, SWEEP_MS);
    void work.then((ending) => {
      waiting.delete(one);
      resolve(ending);
    });
  });
}

function sweep(): void {
  if (waiting.size === 0) {
    // Not as soon as nobody waits: the next call is there at once where there is any load.
    clearInterval(sweeper);
    sweeper = undefined;
    return;
  }
  const now = performance.now();
  for (const one of waiting) {
    if (one.until > now) continue;
    waiting.delete(one);
    one.late();
  }
}
