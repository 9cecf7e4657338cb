/** How many sessions a token gives, tried. */
import type { TokenClient } from '../../../token-host/client/client.js';

const CALL_MS = 60_000;

export interface SessionsFound {
  /** That were open at once, those that serve the check among them. */
  readonly atOnce: number;
  /** One more than the token's settings make use of. */
  readonly tried: number;
  /** The return code of the first that could not be opened; undefined where all could. */
  readonly code: string | undefined;
}

/**
 * Opens one session more than the settings make use of, and closes those of the trial at once. Who shares
 * the token has fewer for that moment. Rejects as `TokenClient.call` does.
 */
export async function trySessions(
  client: Pick<TokenClient, 'try' | 'figures'>,
  sessions: number,
  now: () => number,
): Promise<SessionsFound> {
  // One is logged in. The management thread has no other where it stands in for the workers.
  const { sharing, threads } = client.figures;
  const open = 1 + (sharing === 'shared' ? threads : 0);
  const tried = sessions + 2;
  const most = Math.max(0, tried - open);
  const { opened, code } = await client.try('trySessions', undefined, { most }, now() + CALL_MS);
  return { atOnce: open + opened, tried, code };
}
