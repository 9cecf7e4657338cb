import type { HashName } from '../../crypto/algorithms.js';
import { TokenError } from '../protocol/token-error.js';
import type { TokenScheme } from '../protocol/token-scheme.js';
import type { Quirks } from '../vendors/quirks.js';
import { CK, type Mechanism, PARAMETERS } from './pkcs11.js';

/** What a hash is called as a digest, as MGF1's, and in an HMAC. A new hash is one row. */
interface HashRow {
  readonly digest: number;
  readonly mgf: number;
  readonly hmac: number;
  readonly bytes: number;
}

const HASHES: Readonly<Record<HashName, HashRow>> = {
  sha1: { digest: CK.CKM_SHA_1, mgf: CK.CKG_MGF1_SHA1, hmac: CK.CKM_SHA_1_HMAC, bytes: 20 },
  sha224: { digest: CK.CKM_SHA224, mgf: CK.CKG_MGF1_SHA224, hmac: CK.CKM_SHA224_HMAC, bytes: 28 },
  sha256: { digest: CK.CKM_SHA256, mgf: CK.CKG_MGF1_SHA256, hmac: CK.CKM_SHA256_HMAC, bytes: 32 },
  sha384: { digest: CK.CKM_SHA384, mgf: CK.CKG_MGF1_SHA384, hmac: CK.CKM_SHA384_HMAC, bytes: 48 },
  sha512: { digest: CK.CKM_SHA512, mgf: CK.CKG_MGF1_SHA512, hmac: CK.CKM_SHA512_HMAC, bytes: 64 },
};

type SchemeRow = (hash: HashName | undefined, quirks: Quirks) => Mechanism;

/** What signs what the server prepared: see `SignInput`. A new scheme is one row. */
const SCHEMES: Readonly<Record<TokenScheme, SchemeRow>> = {
  pkcs1: () => ({ mechanism: CK.CKM_RSA_PKCS }),
  pss: (hash, { pssHashes }) => {
    const { digest, mgf, bytes } = hashRow(oneOf(pssHashes, hash));
    const parameter = { type: PARAMETERS.pss, hashAlg: digest, mgf, saltLen: bytes };
    return { mechanism: CK.CKM_RSA_PKCS_PSS, parameter };
  },
  ecdsa: () => ({ mechanism: CK.CKM_ECDSA }),
  ed25519: () => ({ mechanism: CK.CKM_EDDSA }),
  ed25519ph: () => ({ mechanism: CK.CKM_EDDSA, parameter: prehashed() }),
  'ml-dsa': () => ({ mechanism: CK.CKM_ML_DSA, parameter: hedgedIfItCan() }),
};

/** Octets of CK_EDDSA_PARAMS: a CK_BBOOL padded to a CK_ULONG, a length and a pointer. */
const EDDSA_PARAMS_BYTES = 24;

/** CK_EDDSA_PARAMS (PKCS#11 v3.0 §2.3.15) with phFlag set and no context data. */
function prehashed(): Buffer {
  const parameter = Buffer.alloc(EDDSA_PARAMS_BYTES);
  parameter[0] = 1;
  return parameter;
}

/** Octets of CK_SIGN_ADDITIONAL_CONTEXT: a CK_ULONG, a pointer and a length. */
const SIGN_ADDITIONAL_CONTEXT_BYTES = 24;

/**
 * CK_SIGN_ADDITIONAL_CONTEXT (PKCS#11 v3.2, ML-DSA) with CKH_HEDGE_PREFERRED, which is 0, and the empty
 * context string: a token that can't hedge still signs, deterministically.
 */
function hedgedIfItCan(): Buffer {
  return Buffer.alloc(SIGN_ADDITIONAL_CONTEXT_BYTES);
}

/** Throws TokenError CKR_MECHANISM_PARAM_INVALID for what the token is not to be asked for. */
export function signing(
  scheme: TokenScheme,
  hash: HashName | undefined,
  quirks: Quirks,
): Mechanism {
  return SCHEMES[scheme](hash, quirks);
}

export function hmac(hash: HashName): Mechanism {
  return { mechanism: hashRow(hash).hmac };
}

/**
 * CKM_RSA_PKCS_OAEP with MGF1 of the same hash and an empty label. Throws TokenError
 * CKR_MECHANISM_PARAM_INVALID for a hash that the token is not to be asked for.
 */
export function oaep(hash: HashName, { oaepHashes, oaepSource }: Quirks): Mechanism {
  const { digest, mgf } = hashRow(oneOf(oaepHashes, hash));
  const source = oaepSource === 'zero' ? 0 : CK.CKZ_DATA_SPECIFIED;
  const parameter = { type: PARAMETERS.oaep, hashAlg: digest, mgf, source };
  return { mechanism: CK.CKM_RSA_PKCS_OAEP, parameter };
}

/** CKM_ECDH1_DERIVE without a KDF. `point` is uncompressed and not wrapped in DER. */
export function ecdh(point: Buffer): Mechanism {
  const parameter = { type: PARAMETERS.ecdh, kdf: CK.CKD_NULL, publicData: point };
  return { mechanism: CK.CKM_ECDH1_DERIVE, parameter };
}

/** As a token answers that lacks it: so it is what the token is found to lack. */
function oneOf(hashes: readonly HashName[], hash: HashName | undefined): HashName | undefined {
  if (hash === undefined || hashes.includes(hash)) return hash;
  throw TokenError.of('CKR_MECHANISM_PARAM_INVALID');
}

function hashRow(hash: HashName | undefined): HashRow {
  if (hash === undefined) throw new TypeError('The mechanism needs a hash');
  return HASHES[hash];
}
