/**
 * From the stored octets of a key to the KeyObject that its operations use, which threads can share.
 * Of a lattice that the running Node's crypto lacks, it is a secret KeyObject over the key's octets:
 * the expanded private key, or the public key. It is only a container.
 */

import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { type KeySpec, specRow } from './algorithms.js';
import { jwkOctets } from './jwk.js';
import { latticePublicKey } from './lattice-keys.js';
import { growPair } from './lattices.js';
import { isInNode, openInNode } from './node-lattices.js';

/** @param octets PKCS #8 in DER; of a lattice the seed. The caller zeroes them. */
export function openPrivateKey(keySpec: KeySpec, octets: Buffer): KeyObject {
  const { lattice, keyType } = specRow(keySpec);
  if (!lattice) return createPrivateKey({ key: octets, format: 'der', type: 'pkcs8' });
  return isInNode(keyType) ? openInNode(keySpec, octets) : expandedKey(keySpec, octets);
}

/** @param spki SubjectPublicKeyInfo in DER */
export function openPublicKey(keySpec: KeySpec, spki: Buffer): KeyObject {
  const { lattice, keyType } = specRow(keySpec);
  return lattice && !isInNode(keyType)
    ? createSecretKey(latticePublicKey(keySpec, spki))
    : createPublicKey({ key: spki, format: 'der', type: 'spki' });
}

/** A lattice's private key as @noble uses it. */
export function expandedKey(keySpec: KeySpec, seed: Uint8Array): KeyObject {
  const { secretKey } = growPair(keySpec, seed);
  const key = createSecretKey(secretKey);
  secretKey.fill(0);
  return key;
}

/** What @noble needs of an opened private key of a lattice. The caller zeroes it. */
export function expandedOctets(keySpec: KeySpec, key: KeyObject): Uint8Array {
  if (key.type === 'secret') return key.export();
  // FIPS 204's seed (draft-ietf-cose-dilithium §3): node:crypto gives the expanded form in no other way.
  const seed = jwkOctets(key, 'priv');
  const { secretKey } = growPair(keySpec, seed);
  seed.fill(0);
  return secretKey;
}

/** What @noble needs of an opened public key of a lattice. */
export function publicOctets(keySpec: KeySpec, key: KeyObject): Uint8Array {
  if (key.type === 'secret') return key.export();
  return latticePublicKey(keySpec, key.export({ format: 'der', type: 'spki' }));
}
