import { STANDARD } from './quirks.js';
import type { VendorProfile } from './vendor.js';

/** Utimaco SecurityServer by its PKCS#11 R3 library (CryptoServer PKCS#11 R3 developer guide). */
export const utimaco: VendorProfile = { ...STANDARD, name: 'utimaco', badTagCodes: [0x05, 0x06] };
