import { STANDARD } from './quirks.js';
import type { VendorProfile } from './vendor.js';

/**
 * YubiHSM 2 by yubihsm_pkcs11 (its documentation and source, 2026): public halves are not private,
 * labels have at most 40 octets, and the device 16 sessions for everybody. No AES-GCM.
 */
export const yubihsm: VendorProfile = {
  ...STANDARD,
  name: 'yubihsm',
  privatePublicKeys: false,
  falseUsages: 'left-out',
  hmacKeyType: 'by-hash',
  maxLabelBytes: 40,
  maxSessions: 15,
  badTagCodes: [0x05, 0x06],
};
