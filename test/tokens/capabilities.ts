/**
 * What each token can do, tried: the evidence of native-setup/README.md. A capability is
 * `<KeySpec>:<KeyUsage>:<algorithm>`; a token that isn't named refuses it.
 */
import type { KeySpec, KeyUsage } from '../../src/crypto/algorithms.js';
import { TOKEN_NAMES, type TokenName } from '../support/tokens/token-kind.js';

interface Row {
  readonly specs: readonly KeySpec[];
  readonly usage: KeyUsage;
  readonly algorithms: readonly string[];
  readonly works: readonly TokenName[];
}

const RSA = ['RSA_2048', 'RSA_3072', 'RSA_4096'] as const;
const RSA_SIGNING = [
  ...['RSASSA_PKCS1_V1_5_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_384', 'RSASSA_PKCS1_V1_5_SHA_512'],
  ...['RSASSA_PSS_SHA_256', 'RSASSA_PSS_SHA_384', 'RSASSA_PSS_SHA_512'],
];
const ALL = TOKEN_NAMES;
/** Those that stand before SoftHSM, and SoftHSM. */
const SOFTHSM = ['softhsm', 'p11-kit-client', 'p11-kit-proxy'] as const;
const NONE: readonly TokenName[] = [];
const without = (...names: readonly TokenName[]) => ALL.filter((name) => !names.includes(name));

const ROWS: readonly Row[] = [
  row(
    ['SYMMETRIC_DEFAULT'],
    'ENCRYPT_DECRYPT',
    ['SYMMETRIC_DEFAULT'],
    without('p11-kit-client', 'opencryptoki'),
  ),
  row(
    ['HMAC_224'],
    'GENERATE_VERIFY_MAC',
    ['HMAC_SHA_224'],
    without('p11-kit-client', 'opencryptoki'),
  ),
  row(['HMAC_256'], 'GENERATE_VERIFY_MAC', ['HMAC_SHA_256'], ALL),
  row(['HMAC_384'], 'GENERATE_VERIFY_MAC', ['HMAC_SHA_384'], ALL),
  row(['HMAC_512'], 'GENERATE_VERIFY_MAC', ['HMAC_SHA_512'], ALL),
  row(RSA, 'ENCRYPT_DECRYPT', ['RSAES_OAEP_SHA_1'], ALL),
  row(RSA, 'ENCRYPT_DECRYPT', ['RSAES_OAEP_SHA_256'], without(...SOFTHSM)),
  row(RSA, 'SIGN_VERIFY', RSA_SIGNING, ALL),
  row(['ECC_NIST_P256'], 'SIGN_VERIFY', ['ECDSA_SHA_256'], without('opencryptoki')),
  row(['ECC_NIST_P384'], 'SIGN_VERIFY', ['ECDSA_SHA_384'], without('opencryptoki')),
  row(['ECC_NIST_P521'], 'SIGN_VERIFY', ['ECDSA_SHA_512'], without('opencryptoki')),
  row(['ECC_SECG_P256K1'], 'SIGN_VERIFY', ['ECDSA_SHA_256'], SOFTHSM),
  row(
    ['ECC_NIST_EDWARDS25519'],
    'SIGN_VERIFY',
    ['ED25519_SHA_512'],
    ['softhsm', 'p11-kit-proxy', 'kryoptic'],
  ),
  row(['ECC_NIST_EDWARDS25519'], 'SIGN_VERIFY', ['ED25519_PH_SHA_512'], ['kryoptic']),
  row(
    ['ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521'],
    'KEY_AGREEMENT',
    ['ECDH'],
    without('p11-kit-client', 'opencryptoki'),
  ),
  row(['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'], 'SIGN_VERIFY', ['ML_DSA_SHAKE_256'], ['kryoptic']),
  row(['ML_KEM_512', 'ML_KEM_768', 'ML_KEM_1024'], 'ENCAPSULATE_DECAPSULATE', ['ML_KEM'], NONE),
];

function row(
  specs: readonly KeySpec[],
  usage: KeyUsage,
  algorithms: readonly string[],
  works: readonly TokenName[],
): Row {
  return { specs, usage, algorithms, works };
}

/** The tokens that have a capability. */
export const WORKS: ReadonlyMap<string, readonly TokenName[]> = new Map(
  ROWS.flatMap(({ specs, usage, algorithms, works }) =>
    specs.flatMap((spec) =>
      algorithms.map((algorithm) => [`${spec}:${usage}:${algorithm}`, works] as const),
    ),
  ),
);
