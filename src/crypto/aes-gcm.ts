import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import type { CipherParts } from '../keystores/contract/cipher-parts.js';

import { deriveMessageKey } from './kdf.js';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 16;
/** Each message has a key of its own, used once, so a constant IV is unique under its key. */
const IV = Buffer.alloc(12);

/** AES-256-GCM under a key derived for this message (NIST SP 800-38D). */
export function sealMessage(material: KeyObject, plaintext: Buffer, aad: Buffer): CipherParts {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, deriveMessageKey(material, nonce), IV);
  cipher.setAAD(aad);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return { nonce, ciphertext, tag: cipher.getAuthTag() };
}

/** The plaintext, or undefined when the tag doesn't match: then nothing of it is left behind. */
export function openMessage(
  material: KeyObject,
  parts: CipherParts,
  aad: Buffer,
): Buffer | undefined {
  const decipher = createDecipheriv(CIPHER, deriveMessageKey(material, parts.nonce), IV);
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
