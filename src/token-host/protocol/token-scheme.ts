import type { SignatureScheme } from '../../crypto/algorithms.js';

/** The signature schemes that PKCS#11 has a mechanism for, up to v3.2. */
export const TOKEN_SCHEMES = [
  'pkcs1',
  'pss',
  'ecdsa',
  'ed25519',
  'ed25519ph',
  'ml-dsa',
] as const satisfies readonly SignatureScheme[];
export type TokenScheme = (typeof TOKEN_SCHEMES)[number];
