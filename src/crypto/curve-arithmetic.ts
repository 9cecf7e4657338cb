import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { type KeySpec, specRow } from './algorithms.js';
import type { CurveName } from './curves.js';

const ARITHMETIC = {
  prime256v1: p256,
  secp384r1: p384,
  secp521r1: p521,
  secp256k1,
} as const satisfies Record<CurveName, unknown>;

/** The curve of an elliptic-curve spec, as @noble has it. @throws Error for any other spec. */
export function curveOf(keySpec: KeySpec) {
  const { curve } = specRow(keySpec);
  if (!curve) throw new Error(`${keySpec} has no curve`);
  return ARITHMETIC[curve];
}
