import { STANDARD } from './quirks.js';
import type { VendorProfile } from './vendor.js';

/** Thales Luna outside FIPS mode (Luna SDK reference, CKM_AES_GCM): the IV is the host's. */
export const luna: VendorProfile = { ...STANDARD, name: 'luna', badTagCodes: [0x05, 0x06] };

/** In FIPS mode the HSM makes the IV, and its 16 octets follow the tag. */
export const lunaFips: VendorProfile = {
  ...luna,
  name: 'luna-fips',
  aesGcmIv: 'appended',
  aesGcmIvBytes: 16,
};
