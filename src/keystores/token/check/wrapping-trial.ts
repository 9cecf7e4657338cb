/** Whether a token can serve keys that are kept in the database: residency wrapped. */
import type { Token } from '../../../token-host/client/token.js';
import { TokenError, TokenHostError } from '../../../token-host/protocol/token-error.js';
import type { WrappingScheme } from '../../../token-host/protocol/wrapped-keys.js';
import { NoWrappingKey, provenScheme, WRAPPING_KEY } from '../wrapping-key.js';
import { checkLabel } from './check-keys.js';
import { destroy, SERVING, type TrialKeys } from './key-examinations.js';

const TRIAL_MS = 120_000;

export type WrappingVerdict =
  | { readonly fit: true; readonly scheme: WrappingScheme }
  | { readonly fit: false; readonly problem: string };

/** Makes a wrapping key, has a key made and wrapped, unwraps and uses it, as a store does. */
export async function tryWrapping(
  tokenId: string,
  client: Token,
  keys: TrialKeys,
): Promise<WrappingVerdict> {
  keys.signal.throwIfAborted();
  const deadline = keys.now() + TRIAL_MS;
  const ckaId = keys.newCkaId();
  const args = { label: checkLabel(ckaId, SERVING.label), order: WRAPPING_KEY };
  try {
    await client.try('generateKey', ckaId, args, deadline);
    return { fit: true, scheme: await provenScheme(client, tokenId, ckaId, deadline) };
  } catch (error) {
    if (error instanceof NoWrappingKey) return { fit: false, problem: error.message };
    if (!(error instanceof TokenError || error instanceof TokenHostError)) throw error;
    return { fit: false, problem: `the token ${tokenId} can't wrap keys (${error.message})` };
  } finally {
    await destroy(keys, ckaId);
  }
}
