import type { VendorProfile } from './vendor.js';

/**
 * Thales Luna in FIPS mode (Luna SDK reference, CKM_AES_GCM): the IV is made inside and its 16 bytes
 * follow the tag. Outside FIPS mode use the generic profile, where the host makes the IV.
 */
export const luna: VendorProfile = {
  name: 'luna',
  aesGcmIv: 'appended',
  aesGcmIvBytes: 16,
  badTagCodes: [0x05, 0x06],
  pinFormat: '{pin}',
  extraAttributes: [],
};
