/** The lattice schemes by @noble: what node:crypto lacks of them, where it lacks it. */

import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { ml_kem512, ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { type KeySpec, specRow } from './algorithms.js';

const ML_DSA = { ML_DSA_44: ml_dsa44, ML_DSA_65: ml_dsa65, ML_DSA_87: ml_dsa87 } as const;
const ML_KEM = { ML_KEM_512: ml_kem512, ML_KEM_768: ml_kem768, ML_KEM_1024: ml_kem1024 } as const;

export function mlDsa(keySpec: KeySpec) {
  if (!(keySpec in ML_DSA)) throw new Error(`${keySpec} is no ML-DSA spec`);
  return ML_DSA[keySpec as keyof typeof ML_DSA];
}

export function mlKem(keySpec: KeySpec) {
  if (!(keySpec in ML_KEM)) throw new Error(`${keySpec} is no ML-KEM spec`);
  return ML_KEM[keySpec as keyof typeof ML_KEM];
}

/** The pair that grows from a seed, in the encodings of FIPS 203 and 204: the same always. */
export function growPair(keySpec: KeySpec, seed: Uint8Array) {
  const scheme = specRow(keySpec).keyType === 'ml-kem' ? mlKem(keySpec) : mlDsa(keySpec);
  return scheme.keygen(seed);
}
