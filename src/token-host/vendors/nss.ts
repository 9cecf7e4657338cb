import { STANDARD } from './quirks.js';
import type { VendorProfile } from './vendor.js';

/**
 * NSS softokn, measured. Needs `libraryParameters` in the token's configuration:
 * configdir='sql:DIR' certPrefix='' keyPrefix='' secmod='secmod.db' flags=
 */
export const nss: VendorProfile = { ...STANDARD, name: 'nss', badTagCodes: [] };
