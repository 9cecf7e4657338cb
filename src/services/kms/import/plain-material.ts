/** What came out of its wrapping, checked against the key's spec. Source: recorded-kms.md, ImportKeyMaterial. */

import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { type KeySpec, specRow } from '../../../crypto/algorithms.js';
import { type LatticeParts, latticeSpki, readLatticePkcs8 } from '../../../crypto/lattice-keys.js';
import { growPair } from '../../../crypto/lattices.js';
import { unfitMaterial } from '../../../keystores/contract/store-error.js';
import type { MaterialSecret } from '../../../keystores/software/software-materials.js';

/**
 * The secret in the one form in which it is kept, so that the same key always has the same material
 * id, however its PKCS #8 was written.
 * @throws StoreError unfit-material
 */
export function readPlainMaterial(keySpec: KeySpec, octets: Buffer): MaterialSecret {
  const { keyType, bytes, lattice } = specRow(keySpec);
  if (keyType === 'aes' || keyType === 'hmac') {
    if (octets.length !== bytes) throw unfitMaterial(keySpec);
    return { octets: Buffer.from(octets), publicKey: undefined };
  }
  if (lattice) return readLatticeMaterial(keySpec, octets);
  const privateKey = readPrivateKey(keySpec, octets);
  if (!suits(keySpec, privateKey)) throw unfitMaterial(keySpec);
  const publicKey = createPublicKey(privateKey);
  if (!belongTogether(privateKey, publicKey)) throw unfitMaterial(keySpec);
  return {
    octets: privateKey.export({ format: 'der', type: 'pkcs8' }),
    publicKey: publicKey.export({ format: 'der', type: 'spki' }),
  };
}

/**
 * A seed, from which the pair grows. What else is there has to be what grows; an expanded key alone is
 * refused: of that no seed can be had.
 */
function readLatticeMaterial(keySpec: KeySpec, octets: Buffer): MaterialSecret {
  const { seed, expanded, publicKey } = latticeParts(keySpec, octets);
  if (!seed) throw unfitMaterial(keySpec);
  const grown = growPair(keySpec, seed);
  try {
    const agrees =
      (!expanded || timingSafeEqual(expanded, grown.secretKey)) &&
      (!publicKey || publicKey.equals(grown.publicKey));
    if (!agrees) throw unfitMaterial(keySpec);
    return { octets: Buffer.from(seed), publicKey: latticeSpki(keySpec, grown.publicKey) };
  } finally {
    grown.secretKey.fill(0);
  }
}

function latticeParts(keySpec: KeySpec, octets: Buffer): LatticeParts {
  try {
    return readLatticePkcs8(keySpec, octets);
  } catch {
    throw unfitMaterial(keySpec);
  }
}

/** Second octet of a BER value whose end is marked and not told: X.690 §8.1.3.6. */
const INDEFINITE_LENGTH = 0x80;

function readPrivateKey(keySpec: KeySpec, octets: Buffer): KeyObject {
  // AWS reads BER of RSA and ECC keys, and only DER of Ed25519.
  if (specRow(keySpec).keyType === 'ed25519' && octets[1] === INDEFINITE_LENGTH) {
    throw unfitMaterial(keySpec);
  }
  try {
    return createPrivateKey({ key: octets, format: 'der', type: 'pkcs8' });
  } catch {
    // OpenSSL's reasons may quote the material.
    throw unfitMaterial(keySpec);
  }
}

function suits(keySpec: KeySpec, privateKey: KeyObject): boolean {
  const { keyType, bytes, curve } = specRow(keySpec);
  const details = privateKey.asymmetricKeyDetails;
  switch (privateKey.asymmetricKeyType) {
    case 'rsa':
      return keyType === 'rsa' && details?.modulusLength === bytes * 8;
    case 'ec':
      return keyType === 'ec' && details?.namedCurve === curve;
    case 'ed25519':
      return keyType === 'ed25519';
    default:
      return false;
  }
}

/** Whether the private key is consistent: what it signs, its public half verifies. */
function belongTogether(privateKey: KeyObject, publicKey: KeyObject): boolean {
  const message = Buffer.from('strongroom pairwise consistency');
  const hash = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  try {
    return verify(hash, message, publicKey, sign(hash, message, privateKey));
  } catch {
    return false;
  }
}
