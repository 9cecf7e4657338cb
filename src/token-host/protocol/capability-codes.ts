/** What a return code says of the abilities of a token that was tried. */
import { TokenError, TokenHostError } from './token-error.js';

/**
 * - `definite`: the token says that it can't.
 * - `when-repeated`: libraries say so of what they can't do, and of what went wrong just now: it counts
 *   when a later trial gives it again.
 *
 * All others, vendors' own among them, say nothing of what the token can do.
 */
export type CapabilityCode = 'definite' | 'when-repeated';

/** The one place that knows which code is a verdict. */
const CAPABILITY_CODES: Readonly<Record<`CKR_${string}`, CapabilityCode>> = {
  CKR_ATTRIBUTE_READ_ONLY: 'definite',
  CKR_ATTRIBUTE_SENSITIVE: 'definite',
  CKR_ATTRIBUTE_TYPE_INVALID: 'definite',
  CKR_ATTRIBUTE_VALUE_INVALID: 'definite',
  CKR_CURVE_NOT_SUPPORTED: 'definite',
  CKR_DOMAIN_PARAMS_INVALID: 'definite',
  CKR_KEY_NOT_WRAPPABLE: 'definite',
  CKR_KEY_SIZE_RANGE: 'definite',
  CKR_KEY_TYPE_INCONSISTENT: 'definite',
  CKR_KEY_UNEXTRACTABLE: 'definite',
  CKR_MECHANISM_INVALID: 'definite',
  CKR_MECHANISM_PARAM_INVALID: 'definite',
  CKR_PARAMETER_SET_NOT_SUPPORTED: 'definite',
  CKR_TEMPLATE_INCOMPLETE: 'definite',
  CKR_TEMPLATE_INCONSISTENT: 'definite',
  CKR_ARGUMENTS_BAD: 'when-repeated',
  CKR_DATA_INVALID: 'when-repeated',
  CKR_DATA_LEN_RANGE: 'when-repeated',
  CKR_FUNCTION_FAILED: 'when-repeated',
  CKR_FUNCTION_NOT_SUPPORTED: 'when-repeated',
  CKR_GENERAL_ERROR: 'when-repeated',
  CKR_KEY_FUNCTION_NOT_PERMITTED: 'when-repeated',
};

/** Undefined for a failure that says nothing of what the token can do. */
export function capabilityCode(error: unknown): CapabilityCode | undefined {
  if (error instanceof TokenError) return CAPABILITY_CODES[error.code];
  // What was made was looked at, and isn't what was ordered.
  if (error instanceof TokenHostError && error.kind === 'unsafe-object') return 'definite';
  return undefined;
}

/** A token's failure in a few words, for operators: the return code's name where there is one. */
export function failureReason(error: unknown): string {
  if (error instanceof TokenError) return error.code;
  return error instanceof Error ? error.message : 'an unknown failure';
}
