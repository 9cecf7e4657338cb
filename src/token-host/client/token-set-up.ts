/** Making a token ready, in a process that may hang or crash. */
import { TokenHostError } from '../protocol/token-error.js';
import { type SetUpAnswer, type SetUpOrder, setUpAnswer } from '../protocol/token-set-up.js';
import { type OneShotOptions, runOnce } from './one-shot.js';

/**
 * Decides again with what the library says now, and makes the token. The PINs go by the process's
 * standard input. The process is gone afterwards.
 * @throws TokenHostError lost when the process hung or died: what is in the token then, a look tells
 */
export async function setUp(options: OneShotOptions, order: SetUpOrder): Promise<SetUpAnswer> {
  const { answer, end } = await runOnce('token-set-up', options, order, setUpAnswer);
  if (answer) return answer;
  throw new TokenHostError('lost', `The library hung or crashed while it made the token (${end})`);
}
