/**
 * How the keys of lattices are written: public ones as SubjectPublicKeyInfo, private ones as PKCS #8
 * around the seed. Source: RFC 9881 §4, §6 (ML-DSA); RFC 9935 §4, §6 (ML-KEM).
 */

import { AsnConvert } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import { type KeySpec, type LatticeRow, specRow } from './algorithms.js';
import { der } from './der.js';

const TAGS = { integer: 0x02, octets: 0x04, sequence: 0x30, seed: 0x80 } as const;

/** SubjectPublicKeyInfo in DER. @param publicKey as FIPS 203 or 204 encodes it */
export function latticeSpki(keySpec: KeySpec, publicKey: Uint8Array): Buffer {
  const spki = new SubjectPublicKeyInfo({
    algorithm: identifier(keySpec),
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

/** PKCS #8 in DER, the key in seed form: as long for every spec of a key type. */
export function latticePkcs8(keySpec: KeySpec, seed: Uint8Array): Buffer {
  if (seed.length !== latticeRow(keySpec).seed) throw new Error(`no seed of ${keySpec}`);
  const privateKey = der(TAGS.seed, seed);
  const pkcs8 = der(
    TAGS.sequence,
    der(TAGS.integer, Buffer.from([0])),
    Buffer.from(AsnConvert.serialize(identifier(keySpec))),
    der(TAGS.octets, privateKey),
  );
  privateKey.fill(0);
  return pkcs8;
}

/** @throws Error for a spec of another kind */
export function latticeRow(keySpec: KeySpec): LatticeRow {
  const { lattice } = specRow(keySpec);
  if (!lattice) throw new Error(`${keySpec} is no spec of a lattice`);
  return lattice;
}

/** Without parameters. */
function identifier(keySpec: KeySpec): AlgorithmIdentifier {
  return new AlgorithmIdentifier({ algorithm: latticeRow(keySpec).oid });
}
