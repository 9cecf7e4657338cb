import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** A public key (RFC 7517, RFC 8037; AKP: draft-ietf-cose-dilithium §3), as it comes from a token host. */
export type PublicJwk = JsonWebKey;

/**
 * Of the keys that every Node knows; open-jwk.ts opens all.
 * @throws Error for what is no public key: a point, for example, that isn't on its curve
 */
export function publicKeyObject(jwk: PublicJwk): KeyObject {
  return createPublicKey({ format: 'jwk', key: jwk });
}
