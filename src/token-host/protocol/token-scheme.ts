import type { SignatureScheme } from '../../crypto/algorithms.js';

/** The signature schemes that PKCS#11 v2.40 and v3.0 have a mechanism for. */
export const TOKEN_SCHEMES = [
  'pkcs1',
  'pss',
  'ecdsa',
  'ed25519',
  'ed25519ph',
] as const satisfies readonly SignatureScheme[];
export type TokenScheme = (typeof TOKEN_SCHEMES)[number];
