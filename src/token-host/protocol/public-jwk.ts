import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { TokenHostError } from './token-error.js';

/** The public half of a key as it crosses the socket (RFC 7517, RFC 8037). */
export type PublicJwk = JsonWebKey;

/** @throws TokenHostError `unsafe-object` for what is no public key. */
export function publicKeyObject(jwk: PublicJwk): KeyObject {
  try {
    return createPublicKey({ format: 'jwk', key: jwk });
  } catch (cause) {
    throw unreadablePublicKey(cause);
  }
}

export function unreadablePublicKey(cause?: unknown): TokenHostError {
  const message = 'The token made a key whose public half is not as it was ordered';
  return new TokenHostError('unsafe-object', message, { cause });
}
