import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { AsnConvert } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import type { KeySpec } from './algorithms.js';

/** The parameter sets of FIPS 204, with their OIDs of RFC 9881 §2. */
const PARAMETER_SETS = {
  ML_DSA_44: { scheme: ml_dsa44, oid: '2.16.840.1.101.3.4.3.17' },
  ML_DSA_65: { scheme: ml_dsa65, oid: '2.16.840.1.101.3.4.3.18' },
  ML_DSA_87: { scheme: ml_dsa87, oid: '2.16.840.1.101.3.4.3.19' },
} as const;

/** Octets of the seed ξ from which FIPS 204's ML-DSA.KeyGen_internal makes a key pair. */
export const ML_DSA_SEED_BYTES = 32;

export function mlDsa(keySpec: KeySpec) {
  return parameterSet(keySpec).scheme;
}

/** SubjectPublicKeyInfo in DER; no algorithm parameters (RFC 9881 §4). */
export function mlDsaSpki(keySpec: KeySpec, publicKey: Uint8Array): Buffer {
  const spki = new SubjectPublicKeyInfo({
    algorithm: new AlgorithmIdentifier({ algorithm: parameterSet(keySpec).oid }),
    subjectPublicKey: Uint8Array.from(publicKey).buffer,
  });
  return Buffer.from(AsnConvert.serialize(spki));
}

/** The raw public key inside a SubjectPublicKeyInfo. */
export function mlDsaPublicKey(keySpec: KeySpec, spki: Buffer): Uint8Array {
  const parsed = AsnConvert.parse(Uint8Array.from(spki), SubjectPublicKeyInfo);
  if (parsed.algorithm.algorithm !== parameterSet(keySpec).oid) {
    throw new Error(`the public key is not of ${keySpec}`);
  }
  return new Uint8Array(parsed.subjectPublicKey);
}

function parameterSet(keySpec: KeySpec) {
  if (!(keySpec in PARAMETER_SETS)) throw new Error(`${keySpec} is no ML-DSA spec`);
  return PARAMETER_SETS[keySpec as keyof typeof PARAMETER_SETS];
}
