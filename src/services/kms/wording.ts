import { InvalidMarker } from '../../declare/pages.js';
import { KeyGone } from './keys/key-gone.js';
import { wordQuota } from './keys/quotas.js';
import { refuse } from './refusals.js';
import { wordCustomKeyStore, wordStoreFailure } from './stores/store-failures.js';

/**
 * What is the same to every caller, whatever the operation was about: a key store's failure, what
 * custom key stores are found to be, an exceeded quota, a marker that is none, a key that went
 * meanwhile. Anything else is passed through as it is.
 */
export function wordFact(error: unknown): unknown {
  if (error instanceof InvalidMarker) return refuse.invalidMarker(error.marker);
  if (error instanceof KeyGone) return refuse.keyNotFound(error.arn);
  return wordQuota(wordCustomKeyStore(wordStoreFailure(error)));
}
