/** AES-GCM inside the token. */
import { randomBytes } from 'node:crypto';
import { TAG_BYTES } from '../../kernel/gcm.js';
import type { AesGcmCiphertext, AesGcmPlaintext } from '../protocol/key-use.js';
import type { ArgumentsOf } from '../protocol/token-calls.js';
import { TokenError } from '../protocol/token-error.js';
import type { SessionContext } from './context.js';
import { aesGcm, type Handle } from './pkcs11.js';

/** AES-GCM encryption, with the IV made by whom the vendor's profile says. */
export function encryptAesGcm(
  { library, session, vendor }: SessionContext,
  key: Handle,
  { plaintext, aad }: AesGcmPlaintext,
): AesGcmCiphertext {
  const iv =
    vendor.aesGcmIv === 'host'
      ? randomBytes(vendor.aesGcmIvBytes)
      : Buffer.alloc(vendor.aesGcmIvBytes);
  const output = Buffer.allocUnsafe(plaintext.length + TAG_BYTES + vendor.aesGcmIvBytes);
  library.C_EncryptInit(session, aesGcm(iv, aad, vendor), key);
  const sealed = library.C_Encrypt(session, plaintext, output);
  const end = plaintext.length + TAG_BYTES;
  if (vendor.aesGcmIv === 'appended') {
    iv.set(sealed.subarray(end, end + vendor.aesGcmIvBytes));
  }
  // A zero IV means that the HSM did not write its own back, and would repeat for every message.
  if (vendor.aesGcmIv !== 'host' && iv.every((byte) => byte === 0)) {
    throw TokenError.of('CKR_MECHANISM_PARAM_INVALID');
  }
  return {
    iv,
    ciphertext: sealed.subarray(0, plaintext.length),
    tag: sealed.subarray(plaintext.length, end),
  };
}

/** AES-GCM decryption. The plaintext is a view of a buffer of its own. */
export function decryptAesGcm(
  { library, session, vendor }: SessionContext,
  key: Handle,
  { iv, ciphertext, tag, aad }: ArgumentsOf<'decrypt'>,
): Buffer {
  library.C_DecryptInit(session, aesGcm(iv, aad, vendor), key);
  const input = Buffer.concat([ciphertext, tag]);
  // A buffer shorter than the ciphertext gives BUFFER_TOO_SMALL and leaves the operation active.
  return library.C_Decrypt(session, input, Buffer.alloc(input.length));
}
