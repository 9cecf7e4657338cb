import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';

const POINT_BYTES = 32;
/** dom2(1, ""): phflag, then the length of an empty context (RFC 8032 §2). */
const DOM2 = Buffer.concat([
  Buffer.from('SigEd25519 no Ed25519 collisions', 'ascii'),
  Buffer.from([1, 0]),
]);

const sha512 = (...parts: readonly Buffer[]) =>
  createHash('sha512').update(Buffer.concat(parts)).digest();
const littleEndian = (octets: Buffer) =>
  BigInt(`0x${Buffer.from(octets).reverse().toString('hex')}`);

/**
 * Ed25519ph's equation [S]B = R + [k]A, written out from RFC 8032 §5.1.7. Only the arithmetic of
 * points is a library's.
 * @param publicKey SubjectPublicKeyInfo in DER, whose last 32 octets are the key.
 */
export function acceptsEd25519ph(publicKey: Buffer, message: Buffer, signature: Buffer): boolean {
  const { Point } = ed25519;
  const encodedA = publicKey.subarray(-POINT_BYTES);
  const encodedR = signature.subarray(0, POINT_BYTES);
  const s = littleEndian(signature.subarray(POINT_BYTES));
  if (s >= Point.Fn.ORDER) return false;
  const k = littleEndian(sha512(DOM2, encodedR, encodedA, sha512(message))) % Point.Fn.ORDER;
  const right = Point.fromBytes(encodedR).add(Point.fromBytes(encodedA).multiply(k));
  return Point.BASE.multiply(s).equals(right);
}
