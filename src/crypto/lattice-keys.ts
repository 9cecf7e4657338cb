/**
 * How the keys of lattices are written and read: public ones as SubjectPublicKeyInfo, private ones as
 * PKCS #8, which is written around the seed. Source: RFC 9881 §4, §6 (ML-DSA); RFC 9935 §4, §6 (ML-KEM).
 */

import { AsnConvert } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import { type KeySpec, type LatticeRow, specRow } from './algorithms.js';
import { type DerElement, der, readDer } from './der.js';

const TAGS = {
  integer: 0x02,
  octets: 0x04,
  sequence: 0x30,
  seed: 0x80,
  publicKey: 0x81,
  attributes: 0xa0,
} as const;

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

/** What a PKCS #8 tells of a private key: a seed, an expanded key, or both. Views of what was read. */
export interface LatticeParts {
  readonly seed?: Buffer;
  readonly expanded?: Buffer;
  /** In the encoding of FIPS 203 and 204. */
  readonly publicKey?: Buffer;
}

/**
 * Takes apart a OneAsymmetricKey (RFC 5958) in DER. Whether its parts belong together isn't looked at.
 * @throws Error for whatever isn't one of this very spec
 */
export function readLatticePkcs8(keySpec: KeySpec, pkcs8: Buffer): LatticeParts {
  const outer = only(readDer(pkcs8), TAGS.sequence);
  const [version, algorithm, privateKey, ...further] = readDer(outer);
  const number = version?.tag === TAGS.integer && version.contents.length === 1;
  const isNew = number && version.contents[0] === 1;
  const named = Buffer.from(AsnConvert.serialize(identifier(keySpec)));
  const suits =
    (isNew || (number && version.contents[0] === 0)) &&
    algorithm?.tag === TAGS.sequence &&
    der(algorithm.tag, algorithm.contents).equals(named) &&
    privateKey?.tag === TAGS.octets;
  if (!suits) throw notOf(keySpec);
  const publicKey = publicKeyAfter(keySpec, further, isNew);
  const choice = readDer(privateKey.contents);
  return { ...chosen(keySpec, choice), ...(publicKey && { publicKey }) };
}

/** The CHOICE of the private key, told by its tag (RFC 9935 §6). */
function chosen(keySpec: KeySpec, choice: readonly DerElement[]): LatticeParts {
  const { seed: seedBytes, expanded: expandedBytes } = latticeRow(keySpec);
  const [first, ...more] = choice;
  if (!first || more.length > 0) throw notOf(keySpec);
  const { tag, contents } = first;
  if (tag === TAGS.seed && contents.length === seedBytes) return { seed: contents };
  if (tag === TAGS.octets && contents.length === expandedBytes) return { expanded: contents };
  const [seed, expanded, ...rest] = tag === TAGS.sequence ? readDer(contents) : [];
  const both =
    seed?.tag === TAGS.octets &&
    seed.contents.length === seedBytes &&
    expanded?.tag === TAGS.octets &&
    expanded.contents.length === expandedBytes &&
    rest.length === 0;
  if (!both) throw notOf(keySpec);
  return { seed: seed.contents, expanded: expanded.contents };
}

/** Behind the key: attributes, which say nothing here, and from version 1 on the public key. */
function publicKeyAfter(keySpec: KeySpec, further: readonly DerElement[], isNew: boolean) {
  const [first, ...after] = further;
  const rest = first?.tag === TAGS.attributes ? after : further;
  if (rest.length === 0) return undefined;
  // A BIT STRING: how many bits of the last octet don't count, then the octets.
  const bits = only(rest, TAGS.publicKey);
  if (!isNew || bits[0] !== 0 || bits.length !== 1 + specRow(keySpec).bytes) throw notOf(keySpec);
  return bits.subarray(1);
}

/** The contents of the only element. */
function only(elements: readonly DerElement[], tag: number): Buffer {
  const [first, ...more] = elements;
  if (first?.tag !== tag || more.length > 0) throw new Error('another element was expected');
  return first.contents;
}

const notOf = (keySpec: KeySpec) => new Error(`the private key is not of ${keySpec}`);

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
