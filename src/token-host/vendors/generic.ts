import { STANDARD } from './quirks.js';
import type { VendorProfile } from './vendor.js';

/** Any other PKCS#11 library: the standard's behaviour, and both codes that wrong tags are seen to give. */
export const generic: VendorProfile = { ...STANDARD, name: 'generic', badTagCodes: [0x05, 0x06] };
