/** What a key of a token is given, and what it answers. */
import type { HashName } from '../../crypto/algorithms.js';
import type { PublicJwk } from '../../crypto/public-jwk.js';
import { bytes, integer, oneOf, perhaps, record, type Shape, text } from './shapes.js';
import { TOKEN_SCHEMES, type TokenScheme } from './token-scheme.js';

/** One AES-GCM ciphertext in its parts. */
export interface AesGcmCiphertext {
  /** 96 bits, except where the HSM decides otherwise. */
  readonly iv: Buffer;
  readonly ciphertext: Buffer;
  /** 128 bits. */
  readonly tag: Buffer;
}

/** What AES-GCM encrypts, and what it binds it to. */
export interface AesGcmPlaintext {
  readonly plaintext: Buffer;
  readonly aad: Buffer;
}

/** What a signature scheme's mechanism takes. */
export interface SignInput {
  readonly scheme: TokenScheme;
  /** The digest's; undefined where the scheme has none. */
  readonly hash: HashName | undefined;
  /** For `pkcs1` a DigestInfo, for `pss` and `ecdsa` the digest, for the others the message. */
  readonly input: Buffer;
}

/** The other side of an ECDH. */
export interface PeerPoint {
  /** Uncompressed, and not wrapped in DER. */
  readonly point: Buffer;
  /** Octets of a coordinate. */
  readonly bytes: number;
}

const HASH_NAMES = [
  'sha1',
  'sha224',
  'sha256',
  'sha384',
  'sha512',
] as const satisfies readonly HashName[];

export const hashName: Shape<HashName> = oneOf(...HASH_NAMES);

export const aesGcmPlaintext: Shape<AesGcmPlaintext> = record({ plaintext: bytes, aad: bytes });

export const aesGcmCiphertext: Shape<AesGcmCiphertext> = record({
  iv: bytes,
  ciphertext: bytes,
  tag: bytes,
});

export const signInput: Shape<SignInput> = record({
  scheme: oneOf(...TOKEN_SCHEMES),
  hash: perhaps(hashName),
  input: bytes,
});

export const peerPoint: Shape<PeerPoint> = record({ point: bytes, bytes: integer });

/** The members of RFC 7517, RFC 7518 §6 and, for ML-DSA, an AKP key that a public half has here. */
export const publicJwk: Shape<PublicJwk> = record(
  { kty: text },
  { crv: text, x: text, y: text, n: text, e: text, alg: text, pub: text },
);
