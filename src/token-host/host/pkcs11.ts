import type { Handle, Mechanism, PKCS11 } from 'pkcs11js';
import pkcs11js from 'pkcs11js';
import { TokenError } from '../protocol/token-error.js';
import type { Quirks } from '../vendors/quirks.js';

/**
 * The only module that imports pkcs11js. Two of its rules shape everything above it: only the
 * synchronous functions are called, because the asynchronous ones do not hold their buffers; and the
 * library object is kept for ever, because collecting it unloads the vendor's library.
 */
export type Library = PKCS11;
export type { Template } from 'pkcs11js';
export type { Handle, Mechanism };

/** Numbers of PKCS#11 v2.40, v3.0 and v3.2, some of which pkcs11js does not define. */
export const CK = {
  CKA_CLASS: 0x00,
  CKA_TOKEN: 0x01,
  CKA_PRIVATE: 0x02,
  CKA_LABEL: 0x03,
  CKA_VALUE: 0x11,
  CKA_KEY_TYPE: 0x100,
  CKA_ID: 0x102,
  CKA_SENSITIVE: 0x103,
  CKA_ENCRYPT: 0x104,
  CKA_DECRYPT: 0x105,
  CKA_WRAP: 0x106,
  CKA_UNWRAP: 0x107,
  CKA_SIGN: 0x108,
  CKA_VERIFY: 0x10a,
  CKA_DERIVE: 0x10c,
  CKA_MODULUS: 0x120,
  CKA_MODULUS_BITS: 0x121,
  CKA_PUBLIC_EXPONENT: 0x122,
  CKA_PRIVATE_EXPONENT: 0x123,
  CKA_VALUE_LEN: 0x161,
  CKA_EXTRACTABLE: 0x162,
  CKA_LOCAL: 0x163,
  CKA_NEVER_EXTRACTABLE: 0x164,
  CKA_ALWAYS_SENSITIVE: 0x165,
  CKA_KEY_GEN_MECHANISM: 0x166,
  CKA_EC_PARAMS: 0x180,
  CKA_EC_POINT: 0x181,
  CKA_PARAMETER_SET: 0x61d,
  CKD_NULL: 1,
  CKF_RW_SESSION: 0x02,
  CKF_SERIAL_SESSION: 0x04,
  CKF_LOGIN_REQUIRED: 0x04,
  CKF_OS_LOCKING_OK: 0x02,
  CKF_USER_PIN_FINAL_TRY: 0x20000,
  CKF_USER_PIN_LOCKED: 0x40000,
  CKG_MGF1_SHA1: 1,
  CKG_MGF1_SHA256: 2,
  CKG_MGF1_SHA384: 3,
  CKG_MGF1_SHA512: 4,
  CKG_MGF1_SHA224: 5,
  CKK_RSA: 0x00,
  CKK_EC: 0x03,
  CKK_GENERIC_SECRET: 0x10,
  CKK_AES: 0x1f,
  CKK_SHA256_HMAC: 0x2b,
  CKK_SHA384_HMAC: 0x2c,
  CKK_SHA512_HMAC: 0x2d,
  CKK_SHA224_HMAC: 0x2e,
  CKK_EC_EDWARDS: 0x40,
  CKK_ML_DSA: 0x4a,
  CKM_RSA_PKCS_KEY_PAIR_GEN: 0x00,
  CKM_RSA_PKCS: 0x01,
  CKM_RSA_X_509: 0x03,
  CKM_RSA_PKCS_OAEP: 0x09,
  CKM_RSA_PKCS_PSS: 0x0d,
  CKM_ML_DSA_KEY_PAIR_GEN: 0x1c,
  CKM_ML_DSA: 0x1d,
  CKM_SHA_1: 0x220,
  CKM_SHA_1_HMAC: 0x221,
  CKM_SHA256: 0x250,
  CKM_SHA256_HMAC: 0x251,
  CKM_SHA224: 0x255,
  CKM_SHA224_HMAC: 0x256,
  CKM_SHA384: 0x260,
  CKM_SHA384_HMAC: 0x261,
  CKM_SHA512: 0x270,
  CKM_SHA512_HMAC: 0x271,
  CKM_GENERIC_SECRET_KEY_GEN: 0x350,
  CKM_EC_KEY_PAIR_GEN: 0x1040,
  CKM_ECDSA: 0x1041,
  CKM_ECDH1_DERIVE: 0x1050,
  CKM_EC_EDWARDS_KEY_PAIR_GEN: 0x1055,
  CKM_EDDSA: 0x1057,
  CKM_AES_KEY_GEN: 0x1080,
  CKM_AES_GCM: 0x1087,
  CKM_AES_KEY_WRAP_PAD: 0x210a,
  CKM_AES_KEY_WRAP_KWP: 0x210b,
  CKO_PUBLIC_KEY: 2,
  CKO_PRIVATE_KEY: 3,
  CKO_SECRET_KEY: 4,
  CKP_ML_DSA_44: 1,
  CKP_ML_DSA_65: 2,
  CKP_ML_DSA_87: 3,
  CKR_CANT_LOCK: 0x0a,
  CKR_CRYPTOKI_NOT_INITIALIZED: 0x190,
  CKR_CRYPTOKI_ALREADY_INITIALIZED: 0x191,
  CKR_OBJECT_HANDLE_INVALID: 0x82,
  CKR_TOKEN_NOT_PRESENT: 0xe0,
  CKR_USER_ALREADY_LOGGED_IN: 0x100,
  CKS_RO_USER_FUNCTIONS: 1,
  CKS_RW_USER_FUNCTIONS: 3,
  CKU_SO: 0,
  CKU_USER: 1,
  CKZ_DATA_SPECIFIED: 1,
} as const;

/** pkcs11js's names for the structures that a mechanism's parameter is written into. */
export const PARAMETERS = {
  // The older structure of AES-GCM leaves ulIvBits unset.
  gcm: pkcs11js.CK_PARAMS_AES_GCM_v240,
  oaep: pkcs11js.CK_PARAMS_RSA_OAEP,
  pss: pkcs11js.CK_PARAMS_RSA_PSS,
  ecdh: pkcs11js.CK_PARAMS_EC_DH,
} as const;

/**
 * The return code inside an error of pkcs11js, or undefined for an error of another kind. Some of
 * its functions throw a `Pkcs11Error` with a code, others an `Error` whose text is `CKR_X:number`.
 */
export function returnValue(error: unknown): number | undefined {
  if (error instanceof TokenError) return error.rv;
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'number' && error.code > 0) return error.code;
  const digits = /CKR_\w+:(\d+)/.exec(error.message)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Loads the vendor's library into this thread. Throws Error when it cannot be loaded. */
export function loadLibrary(path: string): Library {
  return new pkcs11js.PKCS11(path);
}

/**
 * C_Initialize, with threads where the library can. Answers whether several threads may call it.
 * A library that was initialised before, by another thread, counts as initialised.
 */
export function initialize(library: Library, libraryParameters?: string): 'threads' | 'single' {
  // pkcs11js drops the last character of the string.
  const parameters =
    libraryParameters === undefined ? {} : { libraryParameters: `${libraryParameters} ` };
  try {
    // Without this flag SoftHSM turns its locks off and crashes under two threads.
    library.C_Initialize({ flags: CK.CKF_OS_LOCKING_OK, ...parameters });
    return 'threads';
  } catch (error) {
    const rv = returnValue(error);
    if (rv === CK.CKR_CRYPTOKI_ALREADY_INITIALIZED) return 'threads';
    if (rv !== CK.CKR_CANT_LOCK) throw error;
    library.C_Initialize({ flags: 0, ...parameters });
    return 'single';
  }
}

/** CKM_AES_GCM with a 128-bit tag. */
export function aesGcm(
  iv: Buffer,
  aad: Buffer,
  { aesGcmIvBits }: Pick<Quirks, 'aesGcmIvBits'>,
): Mechanism {
  const parameter = {
    type: PARAMETERS.gcm,
    iv,
    ivBits: aesGcmIvBits === 'zero' ? 0 : iv.length * 8,
    tagBits: 128,
    ...(aad.length > 0 ? { aad } : {}),
  };
  return { mechanism: CK.CKM_AES_GCM, parameter };
}

/** The value of a CK_ULONG attribute. */
export function ulong(value: Buffer): number {
  return Number(value.readBigUInt64LE());
}

/**
 * Several attributes in one call of the library for their sizes and one for their values; one by one
 * only where the token will not say some of them.
 */
export function readAttributes(
  library: Library,
  session: Handle,
  object: Handle,
  types: readonly number[],
): (Buffer | undefined)[] {
  try {
    const template = types.map((type) => ({ type }));
    return library
      .C_GetAttributeValue(session, object, template)
      .map(({ value }) => (value === undefined || value.length === 0 ? undefined : value));
  } catch (error) {
    if (!UNREADABLE.has(returnValue(error) ?? 0)) throw error;
    return types.map((type) => readAttribute(library, session, object, type));
  }
}

/** One attribute, or undefined when the token will not say. Other errors are thrown. */
export function readAttribute(
  library: Library,
  session: Handle,
  object: Handle,
  type: number,
): Buffer | undefined {
  try {
    const value = library.C_GetAttributeValue(session, object, [{ type }])[0]?.value;
    return value === undefined || value.length === 0 ? undefined : value;
  } catch (error) {
    if (UNREADABLE.has(returnValue(error) ?? 0)) return undefined;
    throw error;
  }
}

/** CKR_ATTRIBUTE_SENSITIVE and CKR_ATTRIBUTE_TYPE_INVALID. */
const UNREADABLE = new Set([0x11, 0x12]);
