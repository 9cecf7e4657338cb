import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { signingRow, specRow } from '../../src/crypto/algorithms.js';
import type { SigningRow } from '../support/key-kinds.js';

const pairs = new Map<string, { privateKey: KeyObject; publicKey: KeyObject }>();

/** A pair of OpenSSL's for the spec of the row: one for all tests of a file. Not for ML-DSA. */
export function pairOf({ keySpec }: SigningRow) {
  const made = pairs.get(keySpec) ?? makePair(keySpec);
  pairs.set(keySpec, made);
  return made;
}

function makePair(keySpec: SigningRow['keySpec']) {
  const { keyType, curve = '', bytes } = specRow(keySpec);
  if (keyType === 'rsa') return generateKeyPairSync('rsa', { modulusLength: bytes * 8 });
  if (keyType === 'ec') return generateKeyPairSync('ec', { namedCurve: curve });
  return generateKeyPairSync('ed25519');
}

/** The form in which the row signs a message: itself, or its digest. */
export function formOf({ algorithm, messageType }: SigningRow, message: Buffer): Buffer {
  if (messageType === 'RAW') return message;
  return createHash(signingRow(algorithm).hash ?? 'sha512')
    .update(message)
    .digest();
}

export const pkcs8 = (key: KeyObject) => key.export({ format: 'der', type: 'pkcs8' });
export const spki = (key: KeyObject) => key.export({ format: 'der', type: 'spki' });
