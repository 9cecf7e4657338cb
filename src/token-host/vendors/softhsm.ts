import type { VendorProfile } from './vendor.js';

/** SoftHSM 2.6.1, measured. A wrong tag gives CKR_GENERAL_ERROR, like any other fault. */
export const softhsm: VendorProfile = {
  name: 'softhsm',
  aesGcmIv: 'host',
  aesGcmIvBytes: 12,
  badTagCodes: [0x05],
  pinFormat: '{pin}',
  extraAttributes: [],
};
