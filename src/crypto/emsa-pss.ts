/**
 * EMSA-PSS over a digest that somebody else computed (RFC 8017 §9.1), with MGF1 of the same hash and
 * a salt as long as the hash: node:crypto offers PSS only over the message itself.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { HashName } from './algorithms.js';
import { mgf1 } from './mgf1.js';

const TRAILER = 0xbc;
const ZEROS = Buffer.alloc(8);

/**
 * EMSA-PSS-ENCODE for a modulus of a multiple of 8 bits.
 * @param length octets of the modulus.
 */
export function encodePss(digest: Buffer, hash: HashName, length: number): Buffer {
  const hashLength = digest.length;
  const salt = randomBytes(hashLength);
  const h = hashOf(hash, ZEROS, digest, salt);
  const db = Buffer.alloc(length - hashLength - 1);
  db[db.length - hashLength - 1] = 0x01;
  salt.copy(db, db.length - hashLength);
  const masked = xor(db, mgf1(h, db.length, hash));
  clearTopBit(masked);
  return Buffer.concat([masked, h, Buffer.from([TRAILER])]);
}

/** EMSA-PSS-VERIFY. @param encoded the octets that the signature opened to. */
export function verifyPss(encoded: Buffer, digest: Buffer, hash: HashName): boolean {
  const hashLength = digest.length;
  if (encoded.length < 2 * hashLength + 2 || encoded.at(-1) !== TRAILER) return false;
  const masked = encoded.subarray(0, encoded.length - hashLength - 1);
  const h = encoded.subarray(masked.length, encoded.length - 1);
  if (((masked[0] ?? 0) & 0x80) !== 0) return false;
  const db = xor(masked, mgf1(h, masked.length, hash));
  clearTopBit(db);
  const oneAt = db.length - hashLength - 1;
  if (db[oneAt] !== 0x01 || db.subarray(0, oneAt).some((octet) => octet !== 0)) return false;
  return timingSafeEqual(h, hashOf(hash, ZEROS, digest, db.subarray(oneAt + 1)));
}

function hashOf(hash: HashName, ...parts: readonly Buffer[]): Buffer {
  const state = createHash(hash);
  for (const part of parts) state.update(part);
  return state.digest();
}

function xor(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((octet, at) => octet ^ (right[at] ?? 0)));
}

/** The modulus has one bit more than the encoded message, so that message's top bit is zero. */
function clearTopBit(octets: Buffer): void {
  octets[0] = (octets[0] ?? 0) & 0x7f;
}
