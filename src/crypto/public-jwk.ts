import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** A public key (RFC 7517, RFC 8037), as it comes from a token host. */
export type PublicJwk = JsonWebKey;

/** @throws Error for what is no public key: a point, for example, that isn't on its curve */
export function publicKeyObject(jwk: PublicJwk): KeyObject {
  return createPublicKey({ format: 'jwk', key: jwk });
}

/** SubjectPublicKeyInfo in DER (RFC 5280 §4.1), as GetPublicKey answers it. */
export function subjectPublicKeyInfo(jwk: PublicJwk): Buffer {
  return publicKeyObject(jwk).export({ type: 'spki', format: 'der' });
}
