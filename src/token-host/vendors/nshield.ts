import type { VendorProfile } from './vendor.js';

/**
 * Entrust nShield (nShield Cryptographic API guide): a zeroed IV goes in, the HSM makes its own.
 * A wrong tag gives CKR_FUNCTION_FAILED.
 */
export const nshield: VendorProfile = {
  name: 'nshield',
  aesGcmIv: 'written-back',
  aesGcmIvBytes: 12,
  badTagCodes: [0x06],
  pinFormat: '{pin}',
  extraAttributes: [],
};
