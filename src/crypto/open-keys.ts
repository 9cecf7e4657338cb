/**
 * From the stored octets of a key to the KeyObject that its operations use, which threads can share.
 * Of a lattice that node:crypto doesn't know, it is a secret KeyObject over the key's octets: the
 * expanded private key, or the public key. It is only a container.
 */

import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { type KeySpec, specRow } from './algorithms.js';
import { latticePublicKey } from './lattice-keys.js';
import { mlDsa } from './lattices.js';

/** @param octets PKCS #8 in DER; of a lattice the seed. The caller zeroes them. */
export function openPrivateKey(keySpec: KeySpec, octets: Buffer): KeyObject {
  if (!specRow(keySpec).lattice) {
    return createPrivateKey({ key: octets, format: 'der', type: 'pkcs8' });
  }
  const { secretKey } = mlDsa(keySpec).keygen(octets);
  const key = createSecretKey(secretKey);
  secretKey.fill(0);
  return key;
}

/** @param spki SubjectPublicKeyInfo in DER */
export function openPublicKey(keySpec: KeySpec, spki: Buffer): KeyObject {
  return specRow(keySpec).lattice
    ? createSecretKey(latticePublicKey(keySpec, spki))
    : createPublicKey({ key: spki, format: 'der', type: 'spki' });
}
