import { createDecipheriv, randomBytes } from 'node:crypto';
import type { AesGcmCiphertext } from '../protocol/key-use.js';
import type { ArgumentsOf } from '../protocol/token-calls.js';
import { TokenError } from '../protocol/token-error.js';
import type { TriedKey } from './tried-key.js';

const MESSAGE_BYTES = 64;
const CIPHER = 'aes-256-gcm';

/**
 * Known-answer trial of AES-256-GCM as it is used: what is encrypted is judged by another
 * implementation where the key is known, opens again, and doesn't once its tag or its additional data
 * are others.
 * @returns what is wrong, in a few words; undefined when nothing is
 * @throws TokenError or TokenHostError of a call that failed
 */
export async function tryAesGcm(key: TriedKey): Promise<string | undefined> {
  const plaintext = randomBytes(MESSAGE_BYTES);
  const aad = randomBytes(MESSAGE_BYTES);
  const sealed = await key.call('encrypt', { plaintext, aad });
  const other = await key.call('encrypt', { plaintext, aad });
  if (sealed.iv.equals(other.iv)) return 'it used an IV twice';
  // Before it is asked to open it: a device that can't open what it made is taken for broken.
  if (!isCiphertext(sealed, key.secret, plaintext, aad)) return 'a wrong ciphertext';
  const opened = await openedBy(key, { ...sealed, aad });
  if (opened === undefined || !opened.equals(plaintext)) return 'it does not open what it sealed';
  const tag = Buffer.from(sealed.tag.map((octet) => octet ^ 1));
  if ((await openedBy(key, { ...sealed, tag, aad })) !== undefined) return 'it takes a wrong tag';
  const elsewhere = randomBytes(MESSAGE_BYTES);
  if ((await openedBy(key, { ...sealed, aad: elsewhere })) !== undefined) {
    return 'it takes other additional data';
  }
  return undefined;
}

/** Undefined for what is refused as no ciphertext of this key. */
async function openedBy(key: TriedKey, args: ArgumentsOf<'decrypt'>): Promise<Buffer | undefined> {
  try {
    return await key.call('decrypt', args);
  } catch (error) {
    if (error instanceof TokenError && error.action === 'caller') return undefined;
    throw error;
  }
}

function isCiphertext(
  { iv, ciphertext, tag }: AesGcmCiphertext,
  secret: Buffer | undefined,
  plaintext: Buffer,
  aad: Buffer,
): boolean {
  if (ciphertext.equals(plaintext) || ciphertext.length !== plaintext.length) return false;
  if (secret === undefined) return true;
  try {
    const decipher = createDecipheriv(CIPHER, secret, iv).setAAD(aad).setAuthTag(tag);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).equals(plaintext);
  } catch {
    return false;
  }
}
