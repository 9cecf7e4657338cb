/**
 * Every key spec with what it may be used for, by which algorithms; and every algorithm with what it
 * is made of. The one table: nothing else enumerates specs or algorithms.
 * Source: AWS KMS Developer Guide, "Key spec reference"; shared reference, crypto.md §1–§7. The order
 * of a usage's algorithms is the one in which DescribeKey lists them.
 */
import type { CurveName } from './curves.js';
import type { PkeShape } from './k-pke.js';

/** What a key may be used for. The order is the one in which AWS's constraint texts name them. */
export const KEY_USAGES = [
  'SIGN_VERIFY',
  'ENCRYPT_DECRYPT',
  'GENERATE_VERIFY_MAC',
  'KEY_AGREEMENT',
  'ENCAPSULATE_DECAPSULATE',
] as const;
export type KeyUsage = (typeof KEY_USAGES)[number];

export const ENCRYPTION_ALGORITHMS = [
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'SM2PKE',
  'SYMMETRIC_DEFAULT',
] as const;
export type EncryptionAlgorithm = (typeof ENCRYPTION_ALGORITHMS)[number];

export const ENCAPSULATION_ALGORITHMS = ['ML_KEM'] as const;
export type EncapsulationAlgorithm = (typeof ENCAPSULATION_ALGORITHMS)[number];

export const MESSAGE_TYPES = ['RAW', 'DIGEST', 'EXTERNAL_MU'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

export type HashName = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';
export type KeyType = 'aes' | 'hmac' | 'rsa' | 'ec' | 'ed25519' | 'ml-dsa' | 'ml-kem' | 'sm2';

export type Algorithm =
  | EncryptionAlgorithm
  | SigningAlgorithm
  | MacAlgorithm
  | EncapsulationAlgorithm
  | 'ECDH';

interface SpecRow {
  readonly keyType: KeyType;
  readonly usages: Readonly<Partial<Record<KeyUsage, readonly Algorithm[]>>>;
  /** aes, hmac: octets of the secret. rsa: of the modulus. ec: of a coordinate. Lattices: of the public key. */
  readonly bytes: number;
  readonly curve?: CurveName;
  readonly lattice?: LatticeRow;
  /** The deprecated member CustomerMasterKeySpec doesn't know it. */
  readonly withoutOldName?: true;
  /** Whether GenerateDataKeyPair knows it. */
  readonly dataKeyPair?: true;
}

/**
 * What ML-DSA (FIPS 204, RFC 9881) and ML-KEM (FIPS 203, RFC 9935) have in common: a pair grows from a
 * seed, which is all that is kept of it.
 */
export interface LatticeRow {
  /** Of the AlgorithmIdentifier, in SubjectPublicKeyInfo and PKCS #8. */
  readonly oid: string;
  /** Octets of the seed, and of the private key that has grown from it. */
  readonly seed: number;
  readonly expanded: number;
  /** ML-DSA: `alg` of its JSON Web Key (draft-ietf-cose-dilithium §3). */
  readonly jwk?: string;
  /** ML-KEM: of the encryption inside it. */
  readonly pke?: PkeShape;
}

const RSA_USAGES = {
  ENCRYPT_DECRYPT: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
  SIGN_VERIFY: [
    'RSASSA_PKCS1_V1_5_SHA_256',
    'RSASSA_PKCS1_V1_5_SHA_384',
    'RSASSA_PKCS1_V1_5_SHA_512',
    'RSASSA_PSS_SHA_256',
    'RSASSA_PSS_SHA_384',
    'RSASSA_PSS_SHA_512',
  ],
} as const;
const ML_KEM_USAGES = { ENCAPSULATE_DECAPSULATE: ['ML_KEM'] } as const;
const ML_DSA_USAGES = { SIGN_VERIFY: ['ML_DSA_SHAKE_256'] } as const;

export const keySpecs = {
  RSA_2048: { keyType: 'rsa', bytes: 256, usages: RSA_USAGES, dataKeyPair: true },
  RSA_3072: { keyType: 'rsa', bytes: 384, usages: RSA_USAGES, dataKeyPair: true },
  RSA_4096: { keyType: 'rsa', bytes: 512, usages: RSA_USAGES, dataKeyPair: true },
  ECC_NIST_P256: {
    keyType: 'ec',
    bytes: 32,
    curve: 'prime256v1',
    usages: { SIGN_VERIFY: ['ECDSA_SHA_256'], KEY_AGREEMENT: ['ECDH'] },
    dataKeyPair: true,
  },
  ECC_NIST_P384: {
    keyType: 'ec',
    bytes: 48,
    curve: 'secp384r1',
    usages: { SIGN_VERIFY: ['ECDSA_SHA_384'], KEY_AGREEMENT: ['ECDH'] },
    dataKeyPair: true,
  },
  ECC_NIST_P521: {
    keyType: 'ec',
    bytes: 66,
    curve: 'secp521r1',
    usages: { SIGN_VERIFY: ['ECDSA_SHA_512'], KEY_AGREEMENT: ['ECDH'] },
    dataKeyPair: true,
  },
  ECC_SECG_P256K1: {
    keyType: 'ec',
    bytes: 32,
    curve: 'secp256k1',
    usages: { SIGN_VERIFY: ['ECDSA_SHA_256'] },
    dataKeyPair: true,
  },
  SYMMETRIC_DEFAULT: {
    keyType: 'aes',
    bytes: 32,
    usages: { ENCRYPT_DECRYPT: ['SYMMETRIC_DEFAULT'] },
  },
  HMAC_224: { keyType: 'hmac', bytes: 28, usages: { GENERATE_VERIFY_MAC: ['HMAC_SHA_224'] } },
  HMAC_256: { keyType: 'hmac', bytes: 32, usages: { GENERATE_VERIFY_MAC: ['HMAC_SHA_256'] } },
  HMAC_384: { keyType: 'hmac', bytes: 48, usages: { GENERATE_VERIFY_MAC: ['HMAC_SHA_384'] } },
  HMAC_512: { keyType: 'hmac', bytes: 64, usages: { GENERATE_VERIFY_MAC: ['HMAC_SHA_512'] } },
  // Offered in AWS's China Regions only.
  SM2: {
    keyType: 'sm2',
    bytes: 32,
    usages: { ENCRYPT_DECRYPT: ['SM2PKE'], SIGN_VERIFY: ['SM2DSA'], KEY_AGREEMENT: ['ECDH'] },
    dataKeyPair: true,
  },
  ML_DSA_44: {
    keyType: 'ml-dsa',
    bytes: 1312,
    lattice: { oid: '2.16.840.1.101.3.4.3.17', seed: 32, expanded: 2560, jwk: 'ML-DSA-44' },
    usages: ML_DSA_USAGES,
    withoutOldName: true,
  },
  ML_DSA_65: {
    keyType: 'ml-dsa',
    bytes: 1952,
    lattice: { oid: '2.16.840.1.101.3.4.3.18', seed: 32, expanded: 4032, jwk: 'ML-DSA-65' },
    usages: ML_DSA_USAGES,
    withoutOldName: true,
  },
  ML_DSA_87: {
    keyType: 'ml-dsa',
    bytes: 2592,
    lattice: { oid: '2.16.840.1.101.3.4.3.19', seed: 32, expanded: 4896, jwk: 'ML-DSA-87' },
    usages: ML_DSA_USAGES,
    withoutOldName: true,
  },
  ECC_NIST_EDWARDS25519: {
    keyType: 'ed25519',
    bytes: 32,
    // In AWS's order.
    usages: { SIGN_VERIFY: ['ED25519_PH_SHA_512', 'ED25519_SHA_512'] },
    dataKeyPair: true,
    withoutOldName: true,
  },
  ML_KEM_512: {
    keyType: 'ml-kem',
    bytes: 800,
    lattice: {
      oid: '2.16.840.1.101.3.4.4.1',
      seed: 64,
      expanded: 1632,
      pke: { k: 2, du: 10, dv: 4 },
    },
    usages: ML_KEM_USAGES,
    dataKeyPair: true,
    withoutOldName: true,
  },
  ML_KEM_768: {
    keyType: 'ml-kem',
    bytes: 1184,
    lattice: {
      oid: '2.16.840.1.101.3.4.4.2',
      seed: 64,
      expanded: 2400,
      pke: { k: 3, du: 10, dv: 4 },
    },
    usages: ML_KEM_USAGES,
    dataKeyPair: true,
    withoutOldName: true,
  },
  ML_KEM_1024: {
    keyType: 'ml-kem',
    bytes: 1568,
    lattice: {
      oid: '2.16.840.1.101.3.4.4.3',
      seed: 64,
      expanded: 3168,
      pke: { k: 4, du: 11, dv: 5 },
    },
    usages: ML_KEM_USAGES,
    dataKeyPair: true,
    withoutOldName: true,
  },
} as const satisfies Record<string, SpecRow>;

export type KeySpec = keyof typeof keySpecs;

/** How a signature is made. */
export type SignatureScheme = 'pkcs1' | 'pss' | 'ecdsa' | 'ed25519' | 'ed25519ph' | 'ml-dsa';

interface SigningRow {
  readonly scheme: SignatureScheme;
  /** The hash of the message; for PSS also MGF1's, with a salt as long. */
  readonly hash?: HashName;
  /** What Message may be, and how many octets it must then have; `any` is 1–4,096. */
  readonly messages: Readonly<Partial<Record<MessageType, number | 'any'>>>;
}

export const signingAlgorithms = {
  RSASSA_PSS_SHA_256: { scheme: 'pss', hash: 'sha256', messages: { RAW: 'any', DIGEST: 32 } },
  RSASSA_PSS_SHA_384: { scheme: 'pss', hash: 'sha384', messages: { RAW: 'any', DIGEST: 48 } },
  RSASSA_PSS_SHA_512: { scheme: 'pss', hash: 'sha512', messages: { RAW: 'any', DIGEST: 64 } },
  RSASSA_PKCS1_V1_5_SHA_256: {
    scheme: 'pkcs1',
    hash: 'sha256',
    messages: { RAW: 'any', DIGEST: 32 },
  },
  RSASSA_PKCS1_V1_5_SHA_384: {
    scheme: 'pkcs1',
    hash: 'sha384',
    messages: { RAW: 'any', DIGEST: 48 },
  },
  RSASSA_PKCS1_V1_5_SHA_512: {
    scheme: 'pkcs1',
    hash: 'sha512',
    messages: { RAW: 'any', DIGEST: 64 },
  },
  ECDSA_SHA_256: { scheme: 'ecdsa', hash: 'sha256', messages: { RAW: 'any', DIGEST: 32 } },
  ECDSA_SHA_384: { scheme: 'ecdsa', hash: 'sha384', messages: { RAW: 'any', DIGEST: 48 } },
  ECDSA_SHA_512: { scheme: 'ecdsa', hash: 'sha512', messages: { RAW: 'any', DIGEST: 64 } },
  SM2DSA: { scheme: 'ecdsa', messages: {} },
  ML_DSA_SHAKE_256: { scheme: 'ml-dsa', messages: { RAW: 'any', EXTERNAL_MU: 64 } },
  ED25519_SHA_512: { scheme: 'ed25519', messages: { RAW: 'any' } },
  // The caller's SHA-512 digest is the message of Ed25519ph, which hashes it once more.
  ED25519_PH_SHA_512: { scheme: 'ed25519ph', messages: { DIGEST: 64 } },
} as const satisfies Record<string, SigningRow>;

export type SigningAlgorithm = keyof typeof signingAlgorithms;

/** OAEP with MGF1 of the same hash and an empty label (RFC 8017 §7.1). */
export const oaepHashes = {
  RSAES_OAEP_SHA_1: { hash: 'sha1', bytes: 20 },
  RSAES_OAEP_SHA_256: { hash: 'sha256', bytes: 32 },
} as const satisfies Partial<Record<EncryptionAlgorithm, { hash: HashName; bytes: number }>>;

export type OaepAlgorithm = keyof typeof oaepHashes;

export const macHashes = {
  HMAC_SHA_384: 'sha384',
  HMAC_SHA_256: 'sha256',
  HMAC_SHA_224: 'sha224',
  HMAC_SHA_512: 'sha512',
} as const satisfies Record<string, HashName>;

export type MacAlgorithm = keyof typeof macHashes;

export interface Keyed {
  readonly keySpec: KeySpec;
  readonly keyUsage: KeyUsage;
}

/** A spec's row with its optional columns visible to the type checker. */
export function specRow(keySpec: KeySpec): SpecRow {
  return keySpecs[keySpec];
}

/** Whether keys of this spec have a public half. */
export function isAsymmetric(keySpec: KeySpec): boolean {
  const { keyType } = specRow(keySpec);
  return keyType !== 'aes' && keyType !== 'hmac';
}

/** Octets of the seed that a pair of this spec grows from; none for most. */
export function seedBytes(keySpec: KeySpec): number {
  return specRow(keySpec).lattice?.seed ?? 0;
}

export function signingRow(algorithm: SigningAlgorithm): SigningRow {
  return signingAlgorithms[algorithm];
}

/** The algorithms that a key of this spec and usage has. */
export function algorithmsOf({ keySpec, keyUsage }: Keyed): readonly Algorithm[] {
  return specRow(keySpec).usages[keyUsage] ?? [];
}

/** The longest plaintext of an algorithm under a spec, in octets. RSA: k − 2·hLen − 2. */
export function maxPlaintext(keySpec: KeySpec, algorithm: EncryptionAlgorithm): number {
  const oaep = isOaep(algorithm) ? oaepHashes[algorithm] : undefined;
  return oaep ? specRow(keySpec).bytes - 2 * oaep.bytes - 2 : 4096;
}

export function isOaep(algorithm: EncryptionAlgorithm): algorithm is OaepAlgorithm {
  return algorithm in oaepHashes;
}

/** Key specs in the order in which AWS's constraint texts name them. */
export const KEY_SPECS = Object.keys(keySpecs) as readonly KeySpec[];
export const SIGNING_ALGORITHMS = Object.keys(signingAlgorithms) as readonly SigningAlgorithm[];
export const MAC_ALGORITHMS = Object.keys(macHashes) as readonly MacAlgorithm[];

/** The specs of GenerateDataKeyPair. */
export type DataKeyPairSpec = {
  [Spec in KeySpec]: (typeof keySpecs)[Spec] extends { readonly dataKeyPair: true } ? Spec : never;
}[KeySpec];
export const DATA_KEY_PAIR_SPECS = KEY_SPECS.filter(
  (keySpec): keySpec is DataKeyPairSpec => specRow(keySpec).dataKeyPair === true,
);
