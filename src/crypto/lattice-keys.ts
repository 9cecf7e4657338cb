/** How the keys of lattices are written: public ones as SubjectPublicKeyInfo (RFC 9881 §4). */

import { AsnConvert } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import { type KeySpec, specRow } from './algorithms.js';

/** SubjectPublicKeyInfo in DER; no algorithm parameters. @param publicKey as FIPS 204 encodes it */
export function latticeSpki(keySpec: KeySpec, publicKey: Uint8Array): Buffer {
  const spki = new SubjectPublicKeyInfo({
    algorithm: new AlgorithmIdentifier({ algorithm: latticeRow(keySpec).oid }),
    subjectPublicKey: Uint8Array.from(publicKey).buffer,
  });
  return Buffer.from(AsnConvert.serialize(spki));
}

/** The public key inside a SubjectPublicKeyInfo. @throws Error for one of another spec */
export function latticePublicKey(keySpec: KeySpec, spki: Buffer): Buffer {
  const parsed = AsnConvert.parse(Uint8Array.from(spki), SubjectPublicKeyInfo);
  if (parsed.algorithm.algorithm !== latticeRow(keySpec).oid) {
    throw new Error(`the public key is not of ${keySpec}`);
  }
  return Buffer.from(parsed.subjectPublicKey);
}

function latticeRow(keySpec: KeySpec) {
  const { lattice } = specRow(keySpec);
  if (!lattice) throw new Error(`${keySpec} is no spec of a lattice`);
  return lattice;
}
