import { STANDARD } from './quirks.js';
import type { VendorProfile } from './vendor.js';

/**
 * p11-kit-client 0.24, measured: another machine's token. It gives every thread a library of its own,
 * which is found out at the start; it passes no AES-GCM, no wrapping and no
 * key agreement on. How a wrong tag is told is
 * the token's behind it.
 */
export const p11Kit: VendorProfile = { ...STANDARD, name: 'p11-kit', badTagCodes: [0x05, 0x06] };
