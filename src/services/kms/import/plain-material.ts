/** What came out of its wrapping, checked against the key's spec. Source: lifecycle.md §3.2. */

import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type KeySpec, specRow } from '../../../crypto/algorithms.js';
import { unfitMaterial } from '../../../keystores/contract/store-error.js';
import type { MaterialSecret } from '../../../keystores/software/software-materials.js';

/**
 * The secret in the one form in which it is kept, so that the same key always has the same material
 * id, however its PKCS #8 was written.
 * @throws StoreError unfit-material
 */
export function readPlainMaterial(keySpec: KeySpec, octets: Buffer): MaterialSecret {
  const { keyType, bytes } = specRow(keySpec);
  if (keyType === 'aes' || keyType === 'hmac') {
    if (octets.length !== bytes) throw unfitMaterial(keySpec);
    return { octets: Buffer.from(octets), publicKey: undefined };
  }
  const privateKey = readPrivateKey(keySpec, octets);
  if (!suits(keySpec, privateKey)) throw unfitMaterial(keySpec);
  const publicKey = createPublicKey(privateKey);
  if (!belongTogether(privateKey, publicKey)) throw unfitMaterial(keySpec);
  return {
    octets: privateKey.export({ format: 'der', type: 'pkcs8' }),
    publicKey: publicKey.export({ format: 'der', type: 'spki' }),
  };
}

function readPrivateKey(keySpec: KeySpec, octets: Buffer): KeyObject {
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
