/** How software keys encrypt: AES-256-GCM under a key derived for each message. */
import type { KeyObject } from 'node:crypto';
import { deriveMessageKey } from '../../crypto/kdf.js';
import { decryptGcm, encryptGcm, IV_BYTES } from '../../kernel/gcm.js';
import { randomNonce } from '../../kernel/nonces.js';
import type { CipherParts } from '../contract/cipher-parts.js';

const NONCE_BYTES = 16;
/** Each message has a key of its own, used once, so a constant IV is unique under its key. */
const IV = Buffer.alloc(IV_BYTES);

export function sealMessage(material: KeyObject, plaintext: Buffer, aad: Buffer): CipherParts {
  const nonce = randomNonce(NONCE_BYTES);
  const { tag, ciphertext } = encryptGcm(deriveMessageKey(material, nonce), plaintext, aad, IV);
  return { nonce, tag, ciphertext };
}

/** The plaintext, or undefined when the tag doesn't match. */
export function openMessage(
  material: KeyObject,
  { nonce, tag, ciphertext }: CipherParts,
  aad: Buffer,
): Buffer | undefined {
  return decryptGcm(deriveMessageKey(material, nonce), { iv: IV, tag, ciphertext }, aad);
}
