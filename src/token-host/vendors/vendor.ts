import type { Quirks } from './quirks.js';

/** What is peculiar to one make of HSMs. Sources: the vendors' documents, or measurement. */
export interface VendorProfile extends Quirks {
  readonly name: string;
  /** Return codes of C_Decrypt that a wrong tag gives and that other faults give too. */
  readonly badTagCodes: readonly number[];
  /** The user that C_Login's PIN begins with, `user:password`, where the given one names none. */
  readonly pinUser?: string;
  /** The string for C_Initialize. */
  readonly libraryParameters?: string;
}

/** A vendor's profile with what one token's settings say otherwise. */
export interface TokenProfile extends VendorProfile {
  /** See `TokenSettings.rawRsaOaep`. */
  readonly rawRsaOaep: boolean;
}
