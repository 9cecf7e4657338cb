import { STANDARD } from './quirks.js';
import type { VendorProfile } from './vendor.js';

/**
 * Entrust nShield (nShield Cryptographic API guide): a zeroed IV goes in, the HSM makes its own.
 * A wrong tag gives CKR_FUNCTION_FAILED.
 */
export const nshield: VendorProfile = {
  ...STANDARD,
  name: 'nshield',
  aesGcmIv: 'written-back',
  badTagCodes: [0x06],
};
