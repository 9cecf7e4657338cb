/** ML-DSA and ML-KEM without the server, by the library that the server uses on the Node that runs. */

import { createPublicKey, randomBytes, sign } from 'node:crypto';
import { type KeySpec, seedBytes, specRow } from '../../src/crypto/algorithms.js';
import { growPair, mlDsa, mlKem } from '../../src/crypto/lattices.js';
import { isInNode, nodeKem, openInNode } from '../../src/crypto/node-lattices.js';

export function bareSignature(keySpec: KeySpec, message: Buffer): () => unknown {
  const { native, expanded } = newPair(keySpec);
  if (native) return () => sign(null, message, native);
  return () => mlDsa(keySpec).sign(message, expanded.secretKey);
}

export function bareEncapsulation(keySpec: KeySpec): () => unknown {
  const { native, expanded } = newPair(keySpec);
  if (!native) return () => mlKem(keySpec).encapsulate(expanded.publicKey);
  const publicKey = createPublicKey(native);
  return () => nodeKem.encapsulate(publicKey);
}

/** @param ciphertext any of the right length: what it opens to costs the same */
export function bareDecapsulation(keySpec: KeySpec, ciphertext: Buffer): () => unknown {
  const { native, expanded } = newPair(keySpec);
  if (native) return () => nodeKem.decapsulate(native, ciphertext);
  return () => mlKem(keySpec).decapsulate(ciphertext, expanded.secretKey);
}

function newPair(keySpec: KeySpec) {
  const seed = randomBytes(seedBytes(keySpec));
  const native = isInNode(specRow(keySpec).keyType) ? openInNode(keySpec, seed) : undefined;
  return { native, expanded: growPair(keySpec, seed) };
}
