import type { VendorProfile } from './vendor.js';

/**
 * NSS softokn, measured. Needs `libraryParameters` in the token's configuration:
 * configdir='sql:DIR' certPrefix='' keyPrefix='' secmod='secmod.db' flags=
 */
export const nss: VendorProfile = {
  name: 'nss',
  aesGcmIv: 'host',
  aesGcmIvBytes: 12,
  badTagCodes: [],
  pinFormat: '{pin}',
  extraAttributes: [],
};
