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
  /** CK_GCM_PARAMS.ulIvBits, which PKCS#11 has and gives no meaning: the bits of the IV, or 0. */
  readonly aesGcmIvBits: (typeof AES_GCM_IV_BITS)[number];
  /**
   * Hashes that the token is asked for in OAEP, with MGF1 of the same: KMS has no other MGF. What is left
   * out counts as lacking, without a trial.
   */
  readonly oaepHashes: readonly (typeof OAEP_HASHES)[number][];
  /** CK_RSA_PKCS_OAEP_PARAMS.source where there is no label: CKZ_DATA_SPECIFIED, or 0. */
  readonly oaepSource: (typeof OAEP_SOURCES)[number];
  /** Hashes that the token is asked for in PSS, with a salt as long as the hash: KMS has no other. */
  readonly pssHashes: readonly (typeof PSS_HASHES)[number][];
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
  /**
   * Which sessions are read-only. `none`: some HSMs reject them. `workers`: those in which keys are used.
   * `all`: then no object of the token can be made or destroyed either.
   */
  readonly readOnlySessions: (typeof READ_ONLY_SESSIONS)[number];
}

export const AES_GCM_IVS = ['host', 'written-back', 'appended'] as const;
export const AES_GCM_IV_BITS = ['length', 'zero'] as const;
export const OAEP_HASHES = ['sha1', 'sha256'] as const;
export const OAEP_SOURCES = ['specified', 'zero'] as const;
export const PSS_HASHES = ['sha256', 'sha384', 'sha512'] as const;
export const READ_ONLY_SESSIONS = ['none', 'workers', 'all'] as const;
export const FALSE_USAGES = ['written', 'left-out'] as const;
export const HMAC_KEY_TYPES = ['generic', 'by-hash'] as const;

/** PKCS#11 v2.40, and what NIST SP 800-38D §5.2.1.1 recommends of IVs. */
export const STANDARD: Quirks = {
  aesGcmIv: 'host',
  aesGcmIvBytes: 12,
  aesGcmIvBits: 'length',
  oaepHashes: OAEP_HASHES,
  oaepSource: 'specified',
  pssHashes: PSS_HASHES,
  privatePublicKeys: true,
  falseUsages: 'written',
  hmacKeyType: 'generic',
  maxLabelBytes: 255,
  maxSessions: 0,
  readOnlySessions: 'none',
};
