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

/** Waits for so many milliseconds at most; what is late is not ended by it. */
export async function inTime(work: Work, patienceMs: number): Promise<Ending> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, Math.max(1, patienceMs), 'late');
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
