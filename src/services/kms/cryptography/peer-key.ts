import { createPublicKey, type KeyObject } from 'node:crypto';
import { ECParameters, id_ecPublicKey } from '@peculiar/asn1-ecc';
import { AsnConvert } from '@peculiar/asn1-schema';
import { type AlgorithmIdentifier, SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import { type KeySpec, specRow } from '../../../crypto/algorithms.js';
import { CURVES } from '../../../crypto/curves.js';
import type { ServiceError } from '../../../kernel/service-error.js';
import { kmsError } from '../errors.js';

/** First octet of an encoded point, and how many coordinates follow it (SEC 1 §2.3.3). */
const COORDINATES: Readonly<Record<number, 1 | 2>> = { 2: 1, 3: 1, 4: 2 };

/**
 * Another party's public key for ECDH: SubjectPublicKeyInfo in DER, on the named curve of the spec.
 * OpenSSL refuses points that aren't on their curve. It takes the point at infinity, of which
 * node:crypto can't even read the curve without ending the process: so the encoding is judged first.
 * @throws ServiceError ValidationException, without a message, as AWS answers.
 */
export function readPeerKey(keySpec: KeySpec, spki: Buffer): KeyObject {
  const { algorithm, subjectPublicKey } = parseSpki(spki);
  const { curve, bytes } = specRow(keySpec);
  if (!curve || namedCurve(algorithm) !== CURVES[curve].oid) throw unreadable();
  const point = new Uint8Array(subjectPublicKey);
  const coordinates = COORDINATES[point[0] ?? 0];
  if (!coordinates || point.length !== 1 + coordinates * bytes) throw unreadable();
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch {
    throw unreadable();
  }
}

/** Whatever is wrong with it: AWS doesn't say either. */
function unreadable(): ServiceError {
  return kmsError('ValidationException');
}

function parseSpki(spki: Buffer): SubjectPublicKeyInfo {
  let parsed: SubjectPublicKeyInfo;
  try {
    parsed = AsnConvert.parse(Uint8Array.from(spki), SubjectPublicKeyInfo);
  } catch {
    throw unreadable();
  }
  // The parser takes BER, and octets after the end.
  if (!Buffer.from(AsnConvert.serialize(parsed)).equals(spki)) throw unreadable();
  return parsed;
}

/** The OID of the curve; undefined for other kinds of keys and for curves spelt out. */
function namedCurve({ algorithm, parameters }: AlgorithmIdentifier): string | undefined {
  if (algorithm !== id_ecPublicKey || !parameters) return undefined;
  try {
    return AsnConvert.parse(parameters, ECParameters).namedCurve;
  } catch {
    return undefined;
  }
}
