import type { KeyKind } from '../support/key-kinds.js';

/** Where a key's material may be. */
export const STORES = ['software', 'SoftHSM'] as const;
export type StoreName = (typeof STORES)[number];

/** The cluster id of the quick start's second token, which refusals must name. */
export const TOKEN_ID = 'cluster-softhsmtoken';

/**
 * What SoftHSM 2.6 can't do: OAEP with another hash than SHA-1, Ed25519ph (it signs pure Ed25519
 * instead), ML-DSA and ML-KEM, for which PKCS #11 2.40 has no mechanism. Everything else, it can.
 */
const BEYOND_SOFTHSM: ReadonlySet<string> = new Set([
  'RSAES_OAEP_SHA_256',
  'ED25519_PH_SHA_512',
  'ML_DSA_SHAKE_256',
  'ML_KEM',
]);

/** Whether a key in this store can use its private half so. */
export function canUse(store: StoreName, algorithm: string): boolean {
  return store === 'software' || !BEYOND_SOFTHSM.has(algorithm);
}

/** Whether such a key can be made: some algorithm must be left to use. */
export function canMake(store: StoreName, { algorithms }: KeyKind): boolean {
  return algorithms.some((algorithm) => canUse(store, algorithm));
}
