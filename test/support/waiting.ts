import type { TokenClient, TokenState } from '../../src/token-host/client/client.js';
import { PATIENCE_MS } from './patience.js';

/** A deadline that a test does not expect to meet. */
export function soon(): number {
  return Date.now() + PATIENCE_MS;
}

/** Settles when the client is in this state. The test's own time-out bounds it. */
export async function whenState(client: TokenClient, state: TokenState): Promise<void> {
  if (client.state === state) return;
  await new Promise<void>((resolve) => {
    const forget = client.onStateChange((now) => {
      if (now !== state) return;
      forget();
      resolve();
    });
  });
}
