import type { PeerPoint, SignInput } from '../protocol/key-use.js';
import type { ArgumentsOf } from '../protocol/token-calls.js';
import { TokenError } from '../protocol/token-error.js';
import type { SessionContext } from './context.js';
import { ecdh, hmac, oaep, signing } from './mechanisms.js';
import { decodeOaep } from './oaep-decoding.js';
import { CK, type Handle, readAttribute } from './pkcs11.js';

/** Longer than any signature or MAC: RSA with 8,192 bits. Of ML-DSA: ML-DSA-87's 4,627 octets. */
const MAX_OUTPUT_BYTES = 1024;
const MAX_ML_DSA_BYTES = 5120;

/** What C_Sign makes of an input that the scheme's mechanism takes as it is. */
export function sign(
  { library, session, vendor }: SessionContext,
  key: Handle,
  { scheme, hash, input }: SignInput,
): Buffer {
  library.C_SignInit(session, signing(scheme, hash, vendor), key);
  const room = scheme === 'ml-dsa' ? MAX_ML_DSA_BYTES : MAX_OUTPUT_BYTES;
  return library.C_Sign(session, input, Buffer.alloc(room));
}

/** HMAC, untruncated. */
export function mac(
  { library, session }: SessionContext,
  key: Handle,
  { hash, message }: ArgumentsOf<'mac'>,
): Buffer {
  library.C_SignInit(session, hmac(hash), key);
  return library.C_Sign(session, message, Buffer.alloc(MAX_OUTPUT_BYTES));
}

/**
 * ECDH: the x-coordinate of `bytes` octets, with its leading zeros. It is a session object of the
 * token for the time it takes to read it.
 */
export function derive(
  { library, session }: SessionContext,
  key: Handle,
  { point, bytes }: PeerPoint,
): Buffer {
  const secret = library.C_DeriveKey(session, ecdh(point), key, [
    { type: CK.CKA_CLASS, value: CK.CKO_SECRET_KEY },
    { type: CK.CKA_KEY_TYPE, value: CK.CKK_GENERIC_SECRET },
    // Without it some libraries drop leading zeros.
    { type: CK.CKA_VALUE_LEN, value: bytes },
    { type: CK.CKA_TOKEN, value: false },
    { type: CK.CKA_PRIVATE, value: true },
    { type: CK.CKA_SENSITIVE, value: false },
    { type: CK.CKA_EXTRACTABLE, value: true },
  ]);
  try {
    const value = readAttribute(library, session, secret, CK.CKA_VALUE);
    if (value?.length !== bytes) throw TokenError.of('CKR_FUNCTION_FAILED');
    return value;
  } finally {
    // Should this fail, the session is given up, and the object ends with it.
    library.C_DestroyObject(session, secret);
  }
}

/** RSA-OAEP with an empty label; in the token, or half of it here when the settings say so. */
export function decryptOaep(
  { library, session, vendor }: SessionContext,
  key: Handle,
  { hash, ciphertext }: ArgumentsOf<'decryptOaep'>,
): Buffer {
  const output = Buffer.alloc(ciphertext.length);
  if (!vendor.rawRsaOaep) {
    library.C_DecryptInit(session, oaep(hash, vendor), key);
    return library.C_Decrypt(session, ciphertext, output);
  }
  library.C_DecryptInit(session, { mechanism: CK.CKM_RSA_X_509 }, key);
  const encoded = library.C_Decrypt(session, ciphertext, output);
  try {
    return decodeOaep(encoded, hash);
  } finally {
    encoded.fill(0);
  }
}
