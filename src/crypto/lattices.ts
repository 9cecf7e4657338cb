/** The lattice schemes by @noble, which OpenSSL 3.0 lacks. */

import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import type { KeySpec } from './algorithms.js';

const ML_DSA = { ML_DSA_44: ml_dsa44, ML_DSA_65: ml_dsa65, ML_DSA_87: ml_dsa87 } as const;

export function mlDsa(keySpec: KeySpec) {
  if (!(keySpec in ML_DSA)) throw new Error(`${keySpec} is no ML-DSA spec`);
  return ML_DSA[keySpec as keyof typeof ML_DSA];
}
