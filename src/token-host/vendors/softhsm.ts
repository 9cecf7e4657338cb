import { STANDARD } from './quirks.js';
import type { VendorProfile } from './vendor.js';

/** SoftHSM 2.6.1, measured. A wrong tag gives CKR_GENERAL_ERROR, like any other fault. */
export const softhsm: VendorProfile = { ...STANDARD, name: 'softhsm', badTagCodes: [0x05] };
