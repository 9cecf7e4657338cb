/** AES-GCM with a 96-bit IV and a 128-bit tag (NIST SP 800-38D), in this process. */
import { type CipherKey, createCipheriv, createDecipheriv } from 'node:crypto';
import { randomNonce } from './nonces.js';

export const IV_BYTES = 12;
export const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

export interface GcmParts {
  readonly iv: Buffer;
  readonly tag: Buffer;
  /** As long as the plaintext. */
  readonly ciphertext: Buffer;
}

/**
 * @param key 32 octets
 * @param plaintext left as it is, the caller zeroes it
 * @param iv unique under the key; random unless given
 */
export function encryptGcm(
  key: CipherKey,
  plaintext: Buffer,
  aad: Buffer,
  iv: Buffer = randomNonce(IV_BYTES),
): GcmParts {
  const cipher = createCipheriv(CIPHER, key, iv);
  cipher.setAAD(aad);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return { iv, ciphertext, tag: cipher.getAuthTag() };
}

/** The plaintext, or undefined when the tag doesn't match: then nothing of it is left behind. */
export function decryptGcm(key: CipherKey, parts: GcmParts, aad: Buffer): Buffer | undefined {
  const decipher = createDecipheriv(CIPHER, key, parts.iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(parts.tag);
  const plaintext = decipher.update(parts.ciphertext);
  try {
    decipher.final();
  } catch {
    // node:crypto has one error for a tag that doesn't match, and no other at this point.
    plaintext.fill(0);
    return undefined;
  }
  return plaintext;
}

/** IV ‖ tag ‖ ciphertext. */
export function packGcm({ iv, tag, ciphertext }: GcmParts): Buffer {
  return Buffer.concat([iv, tag, ciphertext]);
}

/** The opposite of `packGcm`; undefined for octets without a ciphertext. */
export function unpackGcm(octets: Buffer): GcmParts | undefined {
  const ciphertextAt = IV_BYTES + TAG_BYTES;
  if (octets.length <= ciphertextAt) return undefined;
  return {
    iv: octets.subarray(0, IV_BYTES),
    tag: octets.subarray(IV_BYTES, ciphertextAt),
    ciphertext: octets.subarray(ciphertextAt),
  };
}
