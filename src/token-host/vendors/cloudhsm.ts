import { STANDARD } from './quirks.js';
import type { VendorProfile } from './vendor.js';

/**
 * AWS CloudHSM Client SDK 5 (AWS CloudHSM user guide, PKCS#11 library). The HSM writes the IV back
 * into the zeroed buffer; the PIN is `<crypto user>:<password>`, and AWS KMS logs in as `kmsuser`.
 */
export const cloudhsm: VendorProfile = {
  ...STANDARD,
  name: 'cloudhsm',
  aesGcmIv: 'written-back',
  badTagCodes: [0x05, 0x06],
  pinUser: 'kmsuser',
};
