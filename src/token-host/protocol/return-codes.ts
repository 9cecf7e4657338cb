/**
 * What a PKCS#11 return code calls for.
 *
 * - `caller`: the request was wrong; the session is fine.
 * - `bad-tag`: on decrypt, an invalid ciphertext if a round trip with the same key still works;
 *   elsewhere a fault of the device.
 * - `session`: a new session and one retry.
 * - `login`: log in again, read the objects again, one retry.
 * - `handles`: read the objects again, one retry.
 * - `restart`: start the library afresh in a new process.
 * - `busy`: push back; the caller may try later.
 * - `refused`: the PIN was refused. Never retried: an HSM wipes its keys after a few wrong PINs.
 * - `failed`: this call failed; new session, no retry.
 */
export type ReturnCodeAction = (typeof RETURN_CODE_ACTIONS)[number];

export const RETURN_CODE_ACTIONS = [
  'caller',
  'bad-tag',
  'session',
  'login',
  'handles',
  'restart',
  'busy',
  'refused',
  'failed',
] as const;

export interface ReturnCode {
  readonly rv: number;
  readonly name: `CKR_${string}`;
  readonly action: ReturnCodeAction;
}

/** PKCS#11 v2.40 and v3.0 return codes, and of v3.2 what ML-DSA needs. The one place that knows a number's name and what is done about it. */
export const RETURN_CODES: readonly ReturnCode[] = [
  { rv: 0x01, name: 'CKR_CANCEL', action: 'failed' },
  { rv: 0x02, name: 'CKR_HOST_MEMORY', action: 'busy' },
  { rv: 0x03, name: 'CKR_SLOT_ID_INVALID', action: 'restart' },
  { rv: 0x05, name: 'CKR_GENERAL_ERROR', action: 'bad-tag' },
  { rv: 0x06, name: 'CKR_FUNCTION_FAILED', action: 'bad-tag' },
  { rv: 0x07, name: 'CKR_ARGUMENTS_BAD', action: 'failed' },
  { rv: 0x08, name: 'CKR_NO_EVENT', action: 'failed' },
  { rv: 0x09, name: 'CKR_NEED_TO_CREATE_THREADS', action: 'failed' },
  { rv: 0x0a, name: 'CKR_CANT_LOCK', action: 'failed' },
  { rv: 0x10, name: 'CKR_ATTRIBUTE_READ_ONLY', action: 'failed' },
  { rv: 0x11, name: 'CKR_ATTRIBUTE_SENSITIVE', action: 'failed' },
  { rv: 0x12, name: 'CKR_ATTRIBUTE_TYPE_INVALID', action: 'failed' },
  { rv: 0x13, name: 'CKR_ATTRIBUTE_VALUE_INVALID', action: 'failed' },
  { rv: 0x1b, name: 'CKR_ACTION_PROHIBITED', action: 'failed' },
  { rv: 0x20, name: 'CKR_DATA_INVALID', action: 'caller' },
  { rv: 0x21, name: 'CKR_DATA_LEN_RANGE', action: 'caller' },
  { rv: 0x30, name: 'CKR_DEVICE_ERROR', action: 'restart' },
  { rv: 0x31, name: 'CKR_DEVICE_MEMORY', action: 'busy' },
  { rv: 0x32, name: 'CKR_DEVICE_REMOVED', action: 'restart' },
  { rv: 0x40, name: 'CKR_ENCRYPTED_DATA_INVALID', action: 'caller' },
  { rv: 0x41, name: 'CKR_ENCRYPTED_DATA_LEN_RANGE', action: 'caller' },
  { rv: 0x42, name: 'CKR_AEAD_DECRYPT_FAILED', action: 'caller' },
  { rv: 0x50, name: 'CKR_FUNCTION_CANCELED', action: 'failed' },
  { rv: 0x51, name: 'CKR_FUNCTION_NOT_PARALLEL', action: 'failed' },
  { rv: 0x54, name: 'CKR_FUNCTION_NOT_SUPPORTED', action: 'failed' },
  { rv: 0x60, name: 'CKR_KEY_HANDLE_INVALID', action: 'handles' },
  { rv: 0x62, name: 'CKR_KEY_SIZE_RANGE', action: 'failed' },
  { rv: 0x63, name: 'CKR_KEY_TYPE_INCONSISTENT', action: 'failed' },
  { rv: 0x64, name: 'CKR_KEY_NOT_NEEDED', action: 'failed' },
  { rv: 0x65, name: 'CKR_KEY_CHANGED', action: 'failed' },
  { rv: 0x66, name: 'CKR_KEY_NEEDED', action: 'failed' },
  { rv: 0x67, name: 'CKR_KEY_INDIGESTIBLE', action: 'failed' },
  { rv: 0x68, name: 'CKR_KEY_FUNCTION_NOT_PERMITTED', action: 'caller' },
  { rv: 0x69, name: 'CKR_KEY_NOT_WRAPPABLE', action: 'failed' },
  { rv: 0x6a, name: 'CKR_KEY_UNEXTRACTABLE', action: 'failed' },
  { rv: 0x70, name: 'CKR_MECHANISM_INVALID', action: 'failed' },
  { rv: 0x71, name: 'CKR_MECHANISM_PARAM_INVALID', action: 'failed' },
  { rv: 0x82, name: 'CKR_OBJECT_HANDLE_INVALID', action: 'handles' },
  { rv: 0x90, name: 'CKR_OPERATION_ACTIVE', action: 'session' },
  { rv: 0x91, name: 'CKR_OPERATION_NOT_INITIALIZED', action: 'session' },
  { rv: 0xa0, name: 'CKR_PIN_INCORRECT', action: 'refused' },
  { rv: 0xa1, name: 'CKR_PIN_INVALID', action: 'refused' },
  { rv: 0xa2, name: 'CKR_PIN_LEN_RANGE', action: 'refused' },
  { rv: 0xa3, name: 'CKR_PIN_EXPIRED', action: 'refused' },
  { rv: 0xa4, name: 'CKR_PIN_LOCKED', action: 'refused' },
  { rv: 0xb0, name: 'CKR_SESSION_CLOSED', action: 'session' },
  { rv: 0xb1, name: 'CKR_SESSION_COUNT', action: 'busy' },
  { rv: 0xb3, name: 'CKR_SESSION_HANDLE_INVALID', action: 'session' },
  { rv: 0xb4, name: 'CKR_SESSION_PARALLEL_NOT_SUPPORTED', action: 'failed' },
  { rv: 0xb5, name: 'CKR_SESSION_READ_ONLY', action: 'failed' },
  { rv: 0xb6, name: 'CKR_SESSION_EXISTS', action: 'failed' },
  { rv: 0xb7, name: 'CKR_SESSION_READ_ONLY_EXISTS', action: 'failed' },
  { rv: 0xb8, name: 'CKR_SESSION_READ_WRITE_SO_EXISTS', action: 'failed' },
  { rv: 0xc0, name: 'CKR_SIGNATURE_INVALID', action: 'caller' },
  { rv: 0xc1, name: 'CKR_SIGNATURE_LEN_RANGE', action: 'caller' },
  { rv: 0xd0, name: 'CKR_TEMPLATE_INCOMPLETE', action: 'failed' },
  { rv: 0xd1, name: 'CKR_TEMPLATE_INCONSISTENT', action: 'failed' },
  { rv: 0xe0, name: 'CKR_TOKEN_NOT_PRESENT', action: 'restart' },
  { rv: 0xe1, name: 'CKR_TOKEN_NOT_RECOGNIZED', action: 'restart' },
  { rv: 0xe2, name: 'CKR_TOKEN_WRITE_PROTECTED', action: 'failed' },
  { rv: 0xf0, name: 'CKR_UNWRAPPING_KEY_HANDLE_INVALID', action: 'handles' },
  { rv: 0xf1, name: 'CKR_UNWRAPPING_KEY_SIZE_RANGE', action: 'failed' },
  { rv: 0xf2, name: 'CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT', action: 'failed' },
  { rv: 0x100, name: 'CKR_USER_ALREADY_LOGGED_IN', action: 'failed' },
  { rv: 0x101, name: 'CKR_USER_NOT_LOGGED_IN', action: 'login' },
  { rv: 0x102, name: 'CKR_USER_PIN_NOT_INITIALIZED', action: 'refused' },
  { rv: 0x103, name: 'CKR_USER_TYPE_INVALID', action: 'refused' },
  { rv: 0x104, name: 'CKR_USER_ANOTHER_ALREADY_LOGGED_IN', action: 'failed' },
  { rv: 0x105, name: 'CKR_USER_TOO_MANY_TYPES', action: 'failed' },
  { rv: 0x110, name: 'CKR_WRAPPED_KEY_INVALID', action: 'caller' },
  { rv: 0x112, name: 'CKR_WRAPPED_KEY_LEN_RANGE', action: 'caller' },
  { rv: 0x113, name: 'CKR_WRAPPING_KEY_HANDLE_INVALID', action: 'handles' },
  { rv: 0x114, name: 'CKR_WRAPPING_KEY_SIZE_RANGE', action: 'failed' },
  { rv: 0x115, name: 'CKR_WRAPPING_KEY_TYPE_INCONSISTENT', action: 'failed' },
  { rv: 0x120, name: 'CKR_RANDOM_SEED_NOT_SUPPORTED', action: 'failed' },
  { rv: 0x121, name: 'CKR_RANDOM_NO_RNG', action: 'failed' },
  { rv: 0x130, name: 'CKR_DOMAIN_PARAMS_INVALID', action: 'failed' },
  { rv: 0x140, name: 'CKR_CURVE_NOT_SUPPORTED', action: 'failed' },
  { rv: 0x150, name: 'CKR_BUFFER_TOO_SMALL', action: 'failed' },
  { rv: 0x160, name: 'CKR_SAVED_STATE_INVALID', action: 'failed' },
  { rv: 0x170, name: 'CKR_INFORMATION_SENSITIVE', action: 'failed' },
  { rv: 0x180, name: 'CKR_STATE_UNSAVEABLE', action: 'failed' },
  { rv: 0x190, name: 'CKR_CRYPTOKI_NOT_INITIALIZED', action: 'restart' },
  { rv: 0x191, name: 'CKR_CRYPTOKI_ALREADY_INITIALIZED', action: 'failed' },
  { rv: 0x1a0, name: 'CKR_MUTEX_BAD', action: 'restart' },
  { rv: 0x1a1, name: 'CKR_MUTEX_NOT_LOCKED', action: 'restart' },
  { rv: 0x1b0, name: 'CKR_NEW_PIN_MODE', action: 'refused' },
  { rv: 0x1b1, name: 'CKR_NEXT_OTP', action: 'refused' },
  { rv: 0x1b5, name: 'CKR_EXCEEDED_MAX_ITERATIONS', action: 'failed' },
  { rv: 0x1b6, name: 'CKR_FIPS_SELF_TEST_FAILED', action: 'restart' },
  { rv: 0x1b7, name: 'CKR_LIBRARY_LOAD_FAILED', action: 'restart' },
  { rv: 0x1b8, name: 'CKR_PIN_TOO_WEAK', action: 'refused' },
  { rv: 0x1b9, name: 'CKR_PUBLIC_KEY_INVALID', action: 'caller' },
  { rv: 0x200, name: 'CKR_FUNCTION_REJECTED', action: 'failed' },
  { rv: 0x209, name: 'CKR_PARAMETER_SET_NOT_SUPPORTED', action: 'failed' },
];

/**
 * Codes by which C_Login says that it has not looked at the PIN. All others that don't refuse it, and
 * those that nobody knows, may have cost one of the token's tries.
 */
const LOGIN_UNTRIED: ReadonlySet<string> = new Set([
  'CKR_HOST_MEMORY',
  'CKR_SLOT_ID_INVALID',
  'CKR_DEVICE_REMOVED',
  'CKR_OPERATION_ACTIVE',
  'CKR_SESSION_CLOSED',
  'CKR_SESSION_COUNT',
  'CKR_SESSION_HANDLE_INVALID',
  'CKR_SESSION_READ_ONLY_EXISTS',
  'CKR_TOKEN_NOT_PRESENT',
  'CKR_USER_ANOTHER_ALREADY_LOGGED_IN',
  'CKR_USER_TOO_MANY_TYPES',
  'CKR_CRYPTOKI_NOT_INITIALIZED',
]);

/** Codes that are about the PIN itself, so that the same one would be refused again. */
const WRONG_PIN: ReadonlySet<string> = new Set([
  'CKR_PIN_INCORRECT',
  'CKR_PIN_INVALID',
  'CKR_PIN_LEN_RANGE',
]);

const BY_NUMBER = new Map(RETURN_CODES.map((code) => [code.rv, code]));

const BY_NAME = new Map(RETURN_CODES.map((code) => [code.name as string, code.rv]));

/**
 * The row of a return code. A code that is not in the table (a vendor's own, or a later version's)
 * gets `failed`: a new session, no retry and no restart, since nothing is known about what repeating
 * the call would do.
 */
export function returnCode(rv: number): ReturnCode {
  const known = BY_NUMBER.get(rv);
  if (known !== undefined) return known;
  return { rv, name: `CKR_0x${rv.toString(16).padStart(8, '0')}`, action: 'failed' };
}

/** Whether C_Login, which answered so, may have counted a wrong PIN without saying so. */
export function mayHaveCostATry(rv: number): boolean {
  const { name, action } = returnCode(rv);
  return action !== 'refused' && !LOGIN_UNTRIED.has(name);
}

/** Whether a refused login says that the PIN is wrong. */
export function saysWrongPin(rv: number): boolean {
  return WRONG_PIN.has(returnCode(rv).name);
}

/** The number of a return code of the table. Throws RangeError for a name that is not in it. */
export function returnCodeNumber(name: `CKR_${string}`): number {
  const rv = BY_NAME.get(name);
  if (rv === undefined) throw new RangeError(`${name} is not in the table of return codes`);
  return rv;
}
