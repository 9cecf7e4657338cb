/** Elliptic-curve public keys as a peer may send them: good ones and every kind of bad one. */

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import type { CurveName } from '../../../src/crypto/curves.js';

export interface EcPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function ecPair(namedCurve: string): EcPair {
  return generateKeyPairSync('ec', { namedCurve });
}

/** SubjectPublicKeyInfo in DER. */
export function spkiOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' });
}

/** The same key with another encoded point. */
export function withPoint(spki: Buffer, change: (point: Buffer) => Buffer): Buffer {
  const parsed = AsnConvert.parse(Uint8Array.from(spki), SubjectPublicKeyInfo);
  const point = change(Buffer.from(parsed.subjectPublicKey));
  parsed.subjectPublicKey = Uint8Array.from(point).buffer;
  return Buffer.from(AsnConvert.serialize(parsed));
}

export interface BadPeer {
  readonly what: string;
  readonly spki: (curve: CurveName) => Buffer;
}

/** Points and encodings that are no public key at all. */
export const unreadablePeers: readonly BadPeer[] = [
  {
    what: 'all zeros, as long as a key',
    spki: (curve) => Buffer.alloc(spkiOf(newPeer(curve)).length),
  },
  { what: 'one octet', spki: () => Buffer.alloc(1) },
  { what: 'text', spki: () => Buffer.from('-----BEGIN PUBLIC KEY-----') },
  { what: 'an all-zero point', spki: (curve) => withPoint(goodSpki(curve), zeroed) },
  {
    what: 'the point at infinity',
    spki: (curve) => withPoint(goodSpki(curve), () => Buffer.alloc(1)),
  },
  { what: 'no point', spki: (curve) => withPoint(goodSpki(curve), () => Buffer.alloc(0)) },
  { what: 'a point off the curve', spki: (curve) => withPoint(goodSpki(curve), lastBitChanged) },
  {
    what: 'a coordinate beyond the field',
    spki: (curve) => withPoint(goodSpki(curve), beyondField),
  },
  { what: 'half a point', spki: (curve) => withPoint(goodSpki(curve), halved) },
  { what: 'truncated DER', spki: (curve) => goodSpki(curve).subarray(0, -1) },
  { what: 'a private key', spki: (curve) => ecPair(curve).privateKey.export(PKCS8) },
];

const PKCS8 = { format: 'der', type: 'pkcs8' } as const;
const newPeer = (curve: string) => ecPair(curve).publicKey;
const goodSpki = (curve: string) => spkiOf(newPeer(curve));

function zeroed(point: Buffer): Buffer {
  return Buffer.concat([point.subarray(0, 1), Buffer.alloc(point.length - 1)]);
}

function lastBitChanged(point: Buffer): Buffer {
  const copy = Buffer.from(point);
  copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1;
  return copy;
}

function beyondField(point: Buffer): Buffer {
  return Buffer.concat([point.subarray(0, 1), Buffer.alloc(point.length - 1, 0xff)]);
}

function halved(point: Buffer): Buffer {
  return point.subarray(0, (point.length - 1) / 2 + 1);
}

/** Real public keys, but not of this curve. */
export const otherPeers: readonly BadPeer[] = [
  { what: 'secp256k1', spki: () => goodSpki('secp256k1') },
  { what: 'brainpoolP256r1', spki: () => goodSpki('brainpoolP256r1') },
  {
    what: 'another NIST curve',
    spki: (curve) => goodSpki(curve === 'secp384r1' ? 'prime256v1' : 'secp384r1'),
  },
  {
    what: 'RSA',
    spki: () => spkiOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey),
  },
  { what: 'X25519', spki: () => spkiOf(generateKeyPairSync('x25519').publicKey) },
];
