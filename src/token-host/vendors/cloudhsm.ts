import type { VendorProfile } from './vendor.js';

/**
 * AWS CloudHSM Client SDK 5 (AWS CloudHSM user guide, PKCS#11 library). The HSM writes the IV back
 * into the zeroed buffer; the PIN is `<crypto user>:<password>`, and AWS KMS logs in as `kmsuser`.
 */
export const cloudhsm: VendorProfile = {
  name: 'cloudhsm',
  aesGcmIv: 'written-back',
  aesGcmIvBytes: 12,
  badTagCodes: [0x05, 0x06],
  pinFormat: 'kmsuser:{pin}',
  extraAttributes: [],
};
