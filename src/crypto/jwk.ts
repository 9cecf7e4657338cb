import type { KeyObject } from 'node:crypto';

/** One member of a key's JSON Web Key (RFC 7518 §6, RFC 8037; `priv` of an AKP key: the seed), decoded; of its full length. */
export function jwkOctets(key: KeyObject, member: 'd' | 'x' | 'y' | 'priv'): Buffer {
  const value = key.export({ format: 'jwk' })[member];
  if (typeof value !== 'string') throw new Error(`the key has no JWK member ${member}`);
  return Buffer.from(value, 'base64url');
}

/** The uncompressed point of an EC public key (SEC 1 §2.3.3), its coordinates of full length. */
export function uncompressedPoint(key: KeyObject): Buffer {
  return Buffer.concat([Buffer.from([4]), jwkOctets(key, 'x'), jwkOctets(key, 'y')]);
}
