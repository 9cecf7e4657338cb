/** The public half of a key as the token's objects have it. */
import type { KeyObject } from 'node:crypto';
import { CURVES } from '../../crypto/curves.js';
import { type PublicJwk, publicKeyObject } from '../../crypto/public-jwk.js';
import type { KeyOrder, TokenKeyType } from '../protocol/key-order.js';
import { TokenHostError } from '../protocol/token-error.js';
import { PUBLIC_EXPONENT } from './key-templates.js';
import { parameterSetOf } from './parameter-sets.js';
import { CK, type Handle, type Library, readAttribute, ulong } from './pkcs11.js';

type Attribute = (type: number) => Buffer;
type Reader = (order: KeyOrder, read: Attribute) => PublicJwk;

const READERS: Readonly<Partial<Record<TokenKeyType, Reader>>> = {
  rsa: ({ bytes }, read) => {
    const jwk = rsaJwk(read);
    const modulus = Buffer.from(jwk.n ?? '', 'base64url');
    // The modulus has all its bits, and the exponent is ours.
    if (modulus.length !== bytes || (modulus[0] ?? 0) < 0x80) throw unreadable();
    if (jwk.e !== PUBLIC_EXPONENT.toString('base64url')) throw unreadable();
    return jwk;
  },
  ec: ({ bytes, curve }, read) => {
    const point = ecPoint(read(CK.CKA_EC_POINT), 1 + 2 * bytes);
    // SEC 1 §2.3.3: 4 says that both coordinates follow.
    if (point[0] !== 4 || curve === undefined) throw unreadable();
    return {
      kty: 'EC',
      crv: CURVES[curve].jwk,
      x: point.toString('base64url', 1, 1 + bytes),
      y: point.toString('base64url', 1 + bytes),
    };
  },
  ed25519: ({ bytes }, read) => ({
    kty: 'OKP',
    crv: 'Ed25519',
    x: ecPoint(read(CK.CKA_EC_POINT), bytes).toString('base64url'),
  }),
  // The attributes say it all: any octets of this length are a public key (FIPS 204, algorithm 23).
  'ml-dsa': (order, read) => {
    const { number, bytes, alg } = parameterSetOf(order);
    const value = read(CK.CKA_VALUE);
    if (ulong(read(CK.CKA_PARAMETER_SET)) !== number || value.length !== bytes) throw unreadable();
    return { kty: 'AKP', alg, pub: value.toString('base64url') };
  },
};

/**
 * The public key of a pair that was made to this order, read from its public object: some tokens
 * keep CKA_EC_POINT only there. Throws TokenHostError `unsafe-object` for one that isn't as ordered.
 */
export function readPublicKey(
  library: Library,
  session: Handle,
  order: KeyOrder,
  publicObject: Handle,
): PublicJwk {
  const reader = READERS[order.keyType];
  if (reader === undefined) throw new TypeError(`A key of ${order.keyType} has no public half`);
  const jwk = reader(order, attributesOf(library, session, publicObject));
  // Of ML-DSA node:crypto may know nothing, and there is nothing to check.
  if (order.keyType !== 'ml-dsa') checked(jwk);
  return jwk;
}

/** The public half of an RSA private key, whose object has it too. */
export function rsaPublicKey(library: Library, session: Handle, privateObject: Handle): KeyObject {
  return checked(rsaJwk(attributesOf(library, session, privateObject)));
}

/** Checks, among others, that a point lies on its curve. */
function checked(jwk: PublicJwk): KeyObject {
  try {
    return publicKeyObject(jwk);
  } catch (cause) {
    throw unreadable(cause);
  }
}

function attributesOf(library: Library, session: Handle, object: Handle): Attribute {
  return (type) => {
    const value = readAttribute(library, session, object, type);
    if (value === undefined) throw unreadable();
    return value;
  };
}

function rsaJwk(read: Attribute): PublicJwk {
  const number = (type: number): string => withoutZeros(read(type)).toString('base64url');
  return { kty: 'RSA', n: number(CK.CKA_MODULUS), e: number(CK.CKA_PUBLIC_EXPONENT) };
}

function withoutZeros(value: Buffer): Buffer {
  const first = value.findIndex((octet) => octet !== 0);
  return value.subarray(first === -1 ? value.length : first);
}

/**
 * CKA_EC_POINT is a DER OCTET STRING around the point (PKCS#11 v2.40 §2.3.3), which some tokens
 * leave out. Told apart by the length, since an uncompressed point begins with 4 as well.
 */
function ecPoint(value: Buffer, length: number): Buffer {
  if (value.length === length) return value;
  const header = length < 0x80 ? [0x04, length] : [0x04, 0x81, length];
  const wrapped = value.length === header.length + length;
  if (!wrapped || !value.subarray(0, header.length).equals(Buffer.from(header))) {
    throw unreadable();
  }
  return value.subarray(header.length);
}

function unreadable(cause?: unknown): TokenHostError {
  const message = 'The token made a key whose public half is not as it was ordered';
  return new TokenHostError('unsafe-object', message, { cause });
}
