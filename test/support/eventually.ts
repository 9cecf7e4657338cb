import { PATIENCE_MS } from './patience.js';

const POLL_MS = 25;

/**
 * Asks until the answer is neither undefined nor false, and gives it. For conditions of other
 * processes, of which no event tells.
 * @throws Error naming `what` after two minutes, with the last rejection of `ask` as its cause.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    let cause: unknown;
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > deadline) throw new Error(`never came: ${what}`, { cause });
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
