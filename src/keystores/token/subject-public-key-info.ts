import { type PublicJwk, publicKeyObject } from '../../token-host/protocol/public-jwk.js';

/** SubjectPublicKeyInfo in DER (RFC 5280 §4.1), as GetPublicKey answers it. */
export function subjectPublicKeyInfo(jwk: PublicJwk): Buffer {
  return publicKeyObject(jwk).export({ type: 'spki', format: 'der' });
}
