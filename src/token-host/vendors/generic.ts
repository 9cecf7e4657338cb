import type { VendorProfile } from './vendor.js';

/** Any other PKCS#11 library: the standard's behaviour, and both codes that wrong tags are seen to give. */
export const generic: VendorProfile = {
  name: 'generic',
  aesGcmIv: 'host',
  aesGcmIvBytes: 12,
  badTagCodes: [0x05, 0x06],
  pinFormat: '{pin}',
  extraAttributes: [],
};
