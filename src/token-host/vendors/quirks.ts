/**
 * In what a token may differ from the standard, each with what the standard says. A vendor's profile
 * says what its make differs in; a token's settings may say otherwise of one token.
 */
export interface Quirks {
  /**
   * Who makes the AES-GCM IV. `host`: we do, at random. `written-back`: a zeroed IV is passed in and
   * the HSM overwrites it. `appended`: the HSM makes it and appends it after the tag.
   */
  readonly aesGcmIv: (typeof AES_GCM_IVS)[number];
  /** Octets of the IV. */
  readonly aesGcmIvBytes: number;
  /** CKA_PRIVATE of public halves: true, so that a session that lost its login sees neither half. */
  readonly privatePublicKeys: boolean;
  /**
   * Usage attributes that are false. `written`: said explicitly, because libraries default some of
   * them to true. `left-out`: for a token that refuses to be told.
   */
  readonly falseUsages: (typeof FALSE_USAGES)[number];
  /** CKK_GENERIC_SECRET, or CKK_SHA256_HMAC and its like by the key's length. */
  readonly hmacKeyType: (typeof HMAC_KEY_TYPES)[number];
  /** Octets of CKA_LABEL at most; ours have up to 105, and are cut. */
  readonly maxLabelBytes: number;
  /** Sessions at most, for a token that has fewer than it says; 0: as it says. */
  readonly maxSessions: number;
}

export const AES_GCM_IVS = ['host', 'written-back', 'appended'] as const;
export const FALSE_USAGES = ['written', 'left-out'] as const;
export const HMAC_KEY_TYPES = ['generic', 'by-hash'] as const;

/** PKCS#11 v2.40, and what NIST SP 800-38D §5.2.1.1 recommends of IVs. */
export const STANDARD: Quirks = {
  aesGcmIv: 'host',
  aesGcmIvBytes: 12,
  privatePublicKeys: true,
  falseUsages: 'written',
  hmacKeyType: 'generic',
  maxLabelBytes: 255,
  maxSessions: 0,
};
