/** Asking a PKCS#11 library what it says before any login, in a process that may hang or crash. */
import { type LibraryLook, type LookOrder, lookAnswer } from '../protocol/library-look.js';
import { TokenHostError } from '../protocol/token-error.js';
import { type OneShotOptions, runOnce } from './one-shot.js';

export interface LookOptions extends LookOrder, OneShotOptions {}

/**
 * Loads the library in a process of its own, and reads what it, its slots and their tokens say. Logs in
 * to none. The process is gone afterwards.
 * @throws TokenHostError misconfigured with the library's own reason; lost when the process hung or died
 */
export async function lookAt({
  entry,
  env,
  timeoutMs,
  ...order
}: LookOptions): Promise<LibraryLook> {
  const { answer, end } = await runOnce(
    'token-look',
    { entry, timeoutMs, ...(env && { env }) },
    order,
    lookAnswer,
  );
  if (answer?.seen) return answer.seen;
  if (answer?.failure !== undefined) throw new TokenHostError('misconfigured', answer.failure);
  throw new TokenHostError('lost', `The library hung or crashed while it was looked at (${end})`);
}
