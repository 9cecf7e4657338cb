import type { KeyObject } from 'node:crypto';
import { type PublicJwk, publicKeyObject } from '../../token-host/public-key.js';

/** SubjectPublicKeyInfo in DER (RFC 5280 §4.1), as GetPublicKey answers it. */
export function subjectPublicKeyInfo(jwk: PublicJwk): Buffer {
  return publicKeyObject(jwk).export({ type: 'spki', format: 'der' });
}

/** The uncompressed point of an EC public key (SEC 1 §2.3.3), its coordinates of full length. */
export function uncompressedPoint(key: KeyObject): Buffer {
  const { x, y } = key.export({ format: 'jwk' });
  if (typeof x !== 'string' || typeof y !== 'string') throw new Error('the key has no point');
  return Buffer.concat([
    Buffer.from([4]),
    Buffer.from(x, 'base64url'),
    Buffer.from(y, 'base64url'),
  ]);
}
