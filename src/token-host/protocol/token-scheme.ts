import type { SignatureScheme } from '../../crypto/algorithms.js';

/** The signature schemes that PKCS#11 v2.40 and v3.0 have a mechanism for. */
export type TokenScheme = Exclude<SignatureScheme, 'ml-dsa'>;
