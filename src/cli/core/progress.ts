/** Says on a terminal that a command is at work, once it takes over a second. */
const AFTER_MS = 1000;

/** Clears the line. */
const CLEAR = '\r\u001b[K';

/** @param what is being done; undefined, or where stderr is no terminal: nothing is shown */
export async function withProgress<T>(
  what: string | undefined,
  stderr: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>,
  work: () => Promise<T>,
): Promise<T> {
  if (what === undefined || !stderr.isTTY) return work();
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += 1;
    stderr.write(`${CLEAR}${what} … ${seconds} s`);
  }, AFTER_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (seconds > 0) stderr.write(CLEAR);
  }
}
