import { wordQuota } from './keys/quotas.js';
import { wordCustomKeyStore, wordStoreFailure } from './stores/store-failures.js';

/**
 * What is the same to every caller, whatever the operation was about: a key store's failure, what
 * custom key stores are found to be, an exceeded quota. Anything else is passed through as it is.
 */
export function wordFact(error: unknown): unknown {
  return wordQuota(wordCustomKeyStore(wordStoreFailure(error)));
}
