/** Public keys that come from token hosts, also of the lattices that the running Node may lack. */

import type { KeyObject } from 'node:crypto';
import { KEY_SPECS, type KeySpec, specRow } from './algorithms.js';
import { latticeSpki } from './lattice-keys.js';
import { openPublicKey } from './open-keys.js';
import { type PublicJwk, publicKeyObject } from './public-jwk.js';

/** As open-keys.ts opens public keys. @throws Error for what is no public key of a kind that KMS has */
export function openPublicJwk(jwk: PublicJwk): KeyObject {
  const keySpec = latticeSpec(jwk);
  return keySpec ? openPublicKey(keySpec, latticeInfo(keySpec, jwk)) : publicKeyObject(jwk);
}

/**
 * SubjectPublicKeyInfo in DER (RFC 5280 §4.1; ML-DSA: RFC 9881 §4), as GetPublicKey answers it.
 * @throws Error as openPublicJwk
 */
export function subjectPublicKeyInfo(jwk: PublicJwk): Buffer {
  const keySpec = latticeSpec(jwk);
  if (keySpec) return latticeInfo(keySpec, jwk);
  return publicKeyObject(jwk).export({ type: 'spki', format: 'der' });
}

function latticeSpec({ kty, alg }: PublicJwk): KeySpec | undefined {
  if (kty !== 'AKP') return undefined;
  const keySpec = KEY_SPECS.find((each) => alg !== undefined && specRow(each).lattice?.jwk === alg);
  if (!keySpec) throw new Error('no key spec has the algorithm of this public key');
  return keySpec;
}

function latticeInfo(keySpec: KeySpec, { pub }: PublicJwk): Buffer {
  const octets = Buffer.from(typeof pub === 'string' ? pub : '', 'base64url');
  if (octets.length !== specRow(keySpec).bytes) throw new Error(`no public key of ${keySpec}`);
  return latticeSpki(keySpec, octets);
}
