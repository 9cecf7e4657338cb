import { STANDARD } from './quirks.js';
import type { VendorProfile } from './vendor.js';

/**
 * tpm2-pkcs11 1.9 over a TPM 2.0, measured: it refuses templates that say of a usage that it is false,
 * and keys that are not objects of the token. RSA to 3,072 bits, P-256, P-384; a TPM has no AES-GCM. Runs failed
 * in part, for causes not known yet: see native-setup/README.md.
 */
export const tpm2: VendorProfile = {
  ...STANDARD,
  name: 'tpm2',
  falseUsages: 'left-out',
  badTagCodes: [0x05, 0x06],
};
