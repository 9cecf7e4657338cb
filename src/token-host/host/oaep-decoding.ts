import { createHash } from 'node:crypto';
import type { HashName } from '../../crypto/algorithms.js';
import { mgf1 } from '../../crypto/mgf1.js';
import { TokenError } from '../protocol/token-error.js';

/**
 * EME-OAEP decoding (RFC 8017 §7.1.2, step 3) with MGF1 of the same hash and an empty label, for a
 * token that can only do CKM_RSA_X_509. One answer for every fault, and no branch on a secret octet
 * before it; yet JavaScript promises no constant time, so an attacker who measures finely enough may
 * have an oracle (J. Manger, CRYPTO 2001). For development only: see `rawRsaOaep`.
 *
 * Throws TokenError CKR_ENCRYPTED_DATA_INVALID.
 */
export function decodeOaep(encoded: Buffer, hash: HashName): Buffer {
  const labelHash = createHash(hash).digest();
  const size = labelHash.length;
  if (encoded.length < 2 * size + 2) throw TokenError.of('CKR_ENCRYPTED_DATA_INVALID');
  const maskedSeed = encoded.subarray(1, 1 + size);
  const maskedBlock = encoded.subarray(1 + size);
  const seed = unmasked(maskedSeed, mgf1(maskedBlock, size, hash));
  const block = unmasked(maskedBlock, mgf1(seed, maskedBlock.length, hash));
  try {
    // Every octet is looked at, whatever was found in those before it.
    let faults = encoded[0] ?? 0;
    for (let at = 0; at < size; at += 1) faults |= (block[at] ?? 0) ^ (labelHash[at] ?? 0);
    let separator = 0;
    let searching = 1;
    for (let at = size; at < block.length; at += 1) {
      const octet = block[at] ?? 0;
      const isOne = isZero(octet ^ 1);
      separator |= -(searching & isOne) & at;
      faults |= searching & (isZero(octet) ^ 1) & (isOne ^ 1);
      searching &= isOne ^ 1;
    }
    if ((faults | searching) !== 0) throw TokenError.of('CKR_ENCRYPTED_DATA_INVALID');
    return Buffer.from(block.subarray(separator + 1));
  } finally {
    seed.fill(0);
    block.fill(0);
  }
}

/** 1 for an octet that is zero, otherwise 0; without a branch. */
function isZero(octet: number): number {
  return ((octet - 1) >>> 31) & 1;
}

function unmasked(octets: Buffer, mask: Buffer): Buffer {
  return Buffer.from(octets.map((octet, at) => octet ^ (mask[at] ?? 0)));
}
