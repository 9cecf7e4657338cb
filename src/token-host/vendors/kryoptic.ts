import { STANDARD } from './quirks.js';
import type { VendorProfile } from './vendor.js';

/** Kryoptic 1.5.4, tried: a software token in Rust over OpenSSL: the standard's behaviour, version 3.2. No secp256k1. */
export const kryoptic: VendorProfile = { ...STANDARD, name: 'kryoptic', badTagCodes: [0x05, 0x06] };
