/** An attribute that a vendor wants in every key template. */
export interface ExtraAttribute {
  /** CKA_… number. */
  readonly type: number;
  readonly value: boolean | number | string;
}

/** What is peculiar to one make of HSMs. Sources: the vendors' documents, or measurement. */
export interface VendorProfile {
  readonly name: string;
  /**
   * Who makes the AES-GCM IV. `host`: we do, at random. `written-back`: a zeroed IV is passed in and
   * the HSM overwrites it. `appended`: the HSM makes it and appends it after the tag.
   */
  readonly aesGcmIv: 'host' | 'written-back' | 'appended';
  /** Bytes of the IV: 12, except where the HSM decides otherwise. */
  readonly aesGcmIvBytes: number;
  /** Return codes of C_Decrypt that a wrong tag gives and that other faults give too. */
  readonly badTagCodes: readonly number[];
  /** How the PIN is presented to C_Login; `{pin}` stands for the configured PIN. */
  readonly pinFormat: string;
  /** Attributes added to the template of every key that is made. */
  readonly extraAttributes: readonly ExtraAttribute[];
  /** The string for C_Initialize; `{…}` is not replaced. */
  readonly libraryParameters?: string;
}

/** A vendor's profile with what one token's settings add to it. */
export interface TokenProfile extends VendorProfile {
  /** See `TokenSettings.rawRsaOaep`. */
  readonly rawRsaOaep: boolean;
}
