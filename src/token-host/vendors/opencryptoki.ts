import { STANDARD } from './quirks.js';
import type { VendorProfile } from './vendor.js';

/** openCryptoki 3.8.1's soft token, measured: RSA and HMAC of 256 bits and more; no AES-GCM, no curves. */
export const opencryptoki: VendorProfile = {
  ...STANDARD,
  name: 'opencryptoki',
  badTagCodes: [0x05, 0x06],
};
