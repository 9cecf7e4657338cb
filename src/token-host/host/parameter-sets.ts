/** ML-DSA's parameter sets (CKA_PARAMETER_SET, PKCS#11 v3.2) and the key specs that they are. */
import { type KeySpec, specRow } from '../../crypto/algorithms.js';
import type { KeyOrder } from '../protocol/key-order.js';
import { CK } from './pkcs11.js';

/** A new parameter set is one row. */
const NUMBERS: Readonly<Partial<Record<KeySpec, number>>> = {
  ML_DSA_44: CK.CKP_ML_DSA_44,
  ML_DSA_65: CK.CKP_ML_DSA_65,
  ML_DSA_87: CK.CKP_ML_DSA_87,
};

interface ParameterSet {
  /** CKP_… */
  readonly number: number;
  /** Octets of the public key, which tell one set from another (FIPS 204, table 2). */
  readonly bytes: number;
  /** `alg` of the JSON Web Key. */
  readonly alg: string;
}

export const PARAMETER_SETS: readonly ParameterSet[] = Object.entries(NUMBERS).map(
  ([name, number]) => {
    const { bytes, lattice } = specRow(name as KeySpec);
    return { number, bytes, alg: lattice?.jwk ?? '' };
  },
);

/** The set that is ordered. @throws TypeError for none */
export function parameterSetOf({ bytes }: Pick<KeyOrder, 'bytes'>): ParameterSet {
  const found = PARAMETER_SETS.find((set) => set.bytes === bytes);
  if (found === undefined) throw new TypeError('No such parameter set of ML-DSA');
  return found;
}
