/**
 * Key encapsulation (FIPS 203), synchronously: by node:crypto where the running Node has it, otherwise
 * by @noble, whose results are the same. Which of the two, the opened key says.
 *
 * OpenSSL works in constant time. JavaScript can't promise it: @noble divides and branches by secret
 * numbers when it encrypts again. What it decides and selects after that is done here instead, without a
 * branch (see `decapsulateImplicitly`).
 */

import { createHash, type KeyObject } from 'node:crypto';
import type { KeySpec } from './algorithms.js';
import { ciphertextBytes, decryptMessage, type PkeShape } from './k-pke.js';
import { latticeRow } from './lattice-keys.js';
import { mlKem } from './lattices.js';
import { nodeKem } from './node-lattices.js';

/** The key is as open-keys.ts opens it. */
export interface EncapsulationTask {
  readonly keySpec: KeySpec;
  readonly publicKey: KeyObject;
}

export interface DecapsulationTask {
  readonly keySpec: KeySpec;
  readonly key: KeyObject;
  /** As long as `encapsulationBytes` says. */
  readonly ciphertext: Buffer;
}

export interface Encapsulated {
  /** 32 octets. */
  readonly secret: Buffer;
  readonly ciphertext: Buffer;
}

/** Octets of a ciphertext: 768, 1,088 or 1,568. */
export function encapsulationBytes(keySpec: KeySpec): number {
  return ciphertextBytes(shapeOf(keySpec));
}

/** ML-KEM.Encaps. */
export function encapsulate({ keySpec, publicKey }: EncapsulationTask): Encapsulated {
  if (publicKey.type === 'public') {
    const { sharedKey, ciphertext } = nodeKem.encapsulate(publicKey);
    return { secret: sharedKey, ciphertext };
  }
  const { sharedSecret, cipherText } = mlKem(keySpec).encapsulate(publicKey.export());
  return { secret: Buffer.from(sharedSecret), ciphertext: Buffer.from(cipherText) };
}

/**
 * ML-KEM.Decaps: 32 octets for every ciphertext. One that wasn't encapsulated for this key has a secret
 * too, which nobody knows.
 */
export function decapsulate({ keySpec, key, ciphertext }: DecapsulationTask): Buffer {
  if (ciphertext.length !== encapsulationBytes(keySpec)) {
    throw new Error(`no ciphertext of ${keySpec}`);
  }
  if (key.type === 'private') return nodeKem.decapsulate(key, ciphertext);
  const expanded = key.export();
  try {
    return decapsulateImplicitly(keySpec, expanded, ciphertext);
  } finally {
    expanded.fill(0);
  }
}

const HASH_BYTES = 32;

/**
 * Algorithm 18. Both secrets are always made; which of them is answered follows from a mask.
 * @param expanded dk_PKE ‖ ek ‖ H(ek) ‖ z
 */
function decapsulateImplicitly(keySpec: KeySpec, expanded: Buffer, ciphertext: Buffer): Buffer {
  const shape = shapeOf(keySpec);
  const inner = expanded.subarray(0, 384 * shape.k);
  const publicKey = expanded.subarray(inner.length, -2 * HASH_BYTES);
  const message = decryptMessage(shape, inner, ciphertext);
  // K′ ‖ r = G(m′ ‖ H(ek)), c′ = K-PKE.Encrypt(ek, m′, r)
  const again = mlKem(keySpec).encapsulate(publicKey, message);
  const rejection = createHash('shake256', { outputLength: HASH_BYTES })
    .update(expanded.subarray(-HASH_BYTES))
    .update(ciphertext)
    .digest();
  const secret = select(again.cipherText, ciphertext, again.sharedSecret, rejection);
  for (const octets of [message, again.sharedSecret, rejection]) octets.fill(0);
  return secret;
}

/** `equal` if two are the same, otherwise `unequal`: without a branch that tells. */
function select(
  one: Uint8Array,
  other: Uint8Array,
  equal: Uint8Array,
  unequal: Uint8Array,
): Buffer {
  let difference = 0;
  for (let i = 0; i < other.length; i += 1) difference |= (one[i] ?? 0) ^ (other[i] ?? 0);
  // All ones for no difference, otherwise zero.
  const mask = (difference - 1) >> 31;
  const selected = Buffer.alloc(equal.length);
  for (let i = 0; i < selected.length; i += 1) {
    selected[i] = ((equal[i] ?? 0) & mask) | ((unequal[i] ?? 0) & ~mask);
  }
  return selected;
}

function shapeOf(keySpec: KeySpec): PkeShape {
  const { pke } = latticeRow(keySpec);
  if (!pke) throw new Error(`${keySpec} is no ML-KEM spec`);
  return pke;
}
