import { publicEncrypt, randomBytes, timingSafeEqual } from 'node:crypto';
import type { HashName } from '../../crypto/algorithms.js';
import { unpackBody } from '../protocol/frames.js';
import type { OperationName } from '../protocol/protocol.js';
import { decryptAesGcm, encryptAesGcm, type OperationContext } from './operations.js';
import type { Handle } from './pkcs11.js';
import { decryptOaep } from './private-key-operations.js';
import { rsaPublicKey } from './public-key.js';

const CANARY_BYTES = 16;

/**
 * A round trip with the key of a decryption that failed, with a plaintext of our own: whether it
 * works. `open` gives the session to work with. Throws the library's error.
 */
export type Canary = (
  open: () => OperationContext,
  key: Handle,
  args: Uint8Array,
  progress: () => void,
) => boolean;

/** The decryptions whose return code may mean the caller's ciphertext or a broken device. */
const CANARIES: Readonly<Partial<Record<OperationName, Canary>>> = {
  decrypt(open, key, _args, progress) {
    const plaintext = randomBytes(CANARY_BYTES);
    const none = Buffer.alloc(0);
    const sealed = encryptAesGcm(open(), key, plaintext, none);
    progress();
    return isSame(decryptAesGcm(open(), key, sealed, none), plaintext);
  },

  decryptOaep(open, key, args) {
    const [hash] = unpackBody(args) as [HashName, Buffer];
    const plaintext = randomBytes(CANARY_BYTES);
    const context = open();
    const publicKey = rsaPublicKey(context.library, context.session, key);
    const ciphertext = publicEncrypt({ key: publicKey, oaepHash: hash }, plaintext);
    return isSame(decryptOaep(context, key, hash, ciphertext), plaintext);
  },
};

/** Undefined for an operation whose return codes leave no such doubt. */
export function canaryOf(operation: OperationName): Canary | undefined {
  return CANARIES[operation];
}

function isSame(opened: Buffer, plaintext: Buffer): boolean {
  return opened.length === plaintext.length && timingSafeEqual(opened, plaintext);
}
