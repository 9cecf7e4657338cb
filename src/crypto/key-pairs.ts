/** Making asymmetric material in software, synchronously. */

import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { type KeySpec, type KeyType, specRow } from './algorithms.js';
import { withCurveInside } from './ec-private-key.js';
import { latticePkcs8, latticeSpki } from './lattice-keys.js';
import { growPair } from './lattices.js';
import { isInNode, openInNode } from './node-lattices.js';

export interface KeyPairOctets {
  /** What is kept: PKCS #8 in DER; of a lattice the seed. */
  readonly privateKey: Buffer;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer;
}

const PKCS8 = { type: 'pkcs8', format: 'der' } as const;
const SPKI = { type: 'spki', format: 'der' } as const;
const PUBLIC_EXPONENT = 65537;

type Maker = (keySpec: KeySpec, seed: Buffer) => KeyPairOctets;

const makers: Readonly<Partial<Record<KeyType, Maker>>> = {
  rsa: (keySpec) =>
    generateKeyPairSync('rsa', {
      modulusLength: specRow(keySpec).bytes * 8,
      publicExponent: PUBLIC_EXPONENT,
      privateKeyEncoding: PKCS8,
      publicKeyEncoding: SPKI,
    }),
  ec: (keySpec) =>
    generateKeyPairSync('ec', {
      namedCurve: specRow(keySpec).curve ?? '',
      privateKeyEncoding: PKCS8,
      publicKeyEncoding: SPKI,
    }),
  ed25519: () =>
    generateKeyPairSync('ed25519', { privateKeyEncoding: PKCS8, publicKeyEncoding: SPKI }),
  'ml-dsa': growLattice,
  'ml-kem': growLattice,
};

function growLattice(keySpec: KeySpec, seed: Buffer): KeyPairOctets {
  const privateKey = Buffer.from(seed);
  if (isInNode(specRow(keySpec).keyType)) {
    return { privateKey, publicKey: createPublicKey(openInNode(keySpec, seed)).export(SPKI) };
  }
  const { publicKey, secretKey } = growPair(keySpec, seed);
  secretKey.fill(0);
  return { privateKey, publicKey: latticeSpki(keySpec, publicKey) };
}

/** @param seed random octets, as many as `seedBytes` says: a lattice's pair grows from them. */
export function makeKeyPair(keySpec: KeySpec, seed: Buffer): KeyPairOctets {
  const maker = makers[specRow(keySpec).keyType];
  if (!maker) throw new Error(`${keySpec} has no key pair`);
  return maker(keySpec, seed);
}

/** The same pair for use elsewhere: its private key as PKCS #8 in DER. What was kept of it is zeroed. */
export function exportPair(keySpec: KeySpec, { privateKey, publicKey }: KeyPairOctets) {
  const { lattice, keyType } = specRow(keySpec);
  if (!lattice && keyType !== 'ec') return { privateKey, publicKey };
  const pkcs8 = lattice ? latticePkcs8(keySpec, privateKey) : withCurveInside(privateKey);
  privateKey.fill(0);
  return { privateKey: pkcs8, publicKey };
}
