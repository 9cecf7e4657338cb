/**
 * Which lattices the running Node's crypto has: those of Node 24.7 and later, with OpenSSL 3.5. No
 * version tells, a Node may be built with another OpenSSL: so each is used once, from a seed on.
 */

import nodeCrypto, {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import type { KeySpec, KeyType } from './algorithms.js';
import { latticePkcs8, latticeRow } from './lattice-keys.js';

/** Of `node:crypto`, from Node 24.7 on. */
interface NodeKem {
  encapsulate(publicKey: KeyObject): { readonly sharedKey: Buffer; readonly ciphertext: Buffer };
  decapsulate(privateKey: KeyObject, ciphertext: Uint8Array): Buffer;
}
export const nodeKem = nodeCrypto as typeof nodeCrypto & NodeKem;

const TRIALS: Readonly<Partial<Record<KeyType, { readonly keySpec: KeySpec; works: Trial }>>> = {
  'ml-kem': {
    keySpec: 'ML_KEM_512',
    works(privateKey, publicKey) {
      const { sharedKey, ciphertext } = nodeKem.encapsulate(publicKey);
      return sharedKey.equals(nodeKem.decapsulate(privateKey, ciphertext));
    },
  },
  'ml-dsa': {
    keySpec: 'ML_DSA_44',
    works(privateKey, publicKey) {
      const message = Buffer.from('strongroom');
      return verify(null, message, publicKey, sign(null, message, privateKey));
    },
  },
};
type Trial = (privateKey: KeyObject, publicKey: KeyObject) => boolean;

const verdicts = new Map<KeyType, boolean>();

/** Whether node:crypto opens and uses keys of this type. Tried when it is first asked. */
export function isInNode(keyType: KeyType): boolean {
  const known = verdicts.get(keyType);
  if (known !== undefined) return known;
  const verdict = tryOut(keyType);
  verdicts.set(keyType, verdict);
  return verdict;
}

function tryOut(keyType: KeyType): boolean {
  const trial = TRIALS[keyType];
  if (!trial) return false;
  try {
    const privateKey = openInNode(trial.keySpec, Buffer.alloc(latticeRow(trial.keySpec).seed));
    return trial.works(privateKey, createPublicKey(privateKey));
  } catch {
    // Older Nodes don't know the object identifier, or lack the functions.
    return false;
  }
}

/** @throws Error where the running Node lacks the key type */
export function openInNode(keySpec: KeySpec, seed: Uint8Array): KeyObject {
  const key = latticePkcs8(keySpec, seed);
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  } finally {
    key.fill(0);
  }
}
