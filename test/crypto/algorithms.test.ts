import { describe, expect, it } from 'vitest';
import {
  algorithmsOf,
  type KeySpec as KeySpecName,
  keySpecs,
  macHashes,
  maxPlaintext,
  oaepHashes,
  signingAlgorithms,
  specRow,
} from '../../src/crypto/algorithms.js';
import {
  checkMessage,
  requireAlgorithm,
} from '../../src/services/kms/cryptography/require-algorithm.js';
import {
  DataKeyPairSpec,
  EncapsulationAlgorithm,
  EncryptionAlgorithm,
  KeySpec,
  MacAlgorithm,
  SigningAlgorithm,
} from '../../src/services/kms/shapes.js';

const valuesOf = (shape: object) => (shape as { readonly enum: readonly string[] }).enum;
const sorted = (names: Iterable<string>) => [...names].sort();

const RSA = {
  ENCRYPT_DECRYPT: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
  SIGN_VERIFY: [
    'RSASSA_PKCS1_V1_5_SHA_256',
    'RSASSA_PKCS1_V1_5_SHA_384',
    'RSASSA_PKCS1_V1_5_SHA_512',
    'RSASSA_PSS_SHA_256',
    'RSASSA_PSS_SHA_384',
    'RSASSA_PSS_SHA_512',
  ],
};
const ML_DSA = { SIGN_VERIFY: ['ML_DSA_SHAKE_256'] };
const ML_KEM = { ENCAPSULATE_DECAPSULATE: ['ML_KEM'] };

/** AWS's "Key spec reference", in the order in which DescribeKey lists the algorithms. */
const AWS: Readonly<Record<KeySpecName, Readonly<Record<string, readonly string[]>>>> = {
  SYMMETRIC_DEFAULT: { ENCRYPT_DECRYPT: ['SYMMETRIC_DEFAULT'] },
  HMAC_224: { GENERATE_VERIFY_MAC: ['HMAC_SHA_224'] },
  HMAC_256: { GENERATE_VERIFY_MAC: ['HMAC_SHA_256'] },
  HMAC_384: { GENERATE_VERIFY_MAC: ['HMAC_SHA_384'] },
  HMAC_512: { GENERATE_VERIFY_MAC: ['HMAC_SHA_512'] },
  RSA_2048: RSA,
  RSA_3072: RSA,
  RSA_4096: RSA,
  ECC_NIST_P256: { SIGN_VERIFY: ['ECDSA_SHA_256'], KEY_AGREEMENT: ['ECDH'] },
  ECC_NIST_P384: { SIGN_VERIFY: ['ECDSA_SHA_384'], KEY_AGREEMENT: ['ECDH'] },
  ECC_NIST_P521: { SIGN_VERIFY: ['ECDSA_SHA_512'], KEY_AGREEMENT: ['ECDH'] },
  ECC_SECG_P256K1: { SIGN_VERIFY: ['ECDSA_SHA_256'] },
  ECC_NIST_EDWARDS25519: { SIGN_VERIFY: ['ED25519_PH_SHA_512', 'ED25519_SHA_512'] },
  ML_DSA_44: ML_DSA,
  ML_DSA_65: ML_DSA,
  ML_DSA_87: ML_DSA,
  ML_KEM_512: ML_KEM,
  ML_KEM_768: ML_KEM,
  ML_KEM_1024: ML_KEM,
  SM2: { ENCRYPT_DECRYPT: ['SM2PKE'], SIGN_VERIFY: ['SM2DSA'], KEY_AGREEMENT: ['ECDH'] },
};

describe('the table of specs', () => {
  it.each(Object.entries(AWS))("%s has AWS's usages and algorithms", (keySpec, usages) => {
    expect(specRow(keySpec as KeySpecName).usages).toEqual(usages);
  });

  it('has every spec of the API, and no other', () => {
    expect(sorted(Object.keys(keySpecs))).toEqual(sorted(valuesOf(KeySpec)));
  });

  it('marks the specs of data key pairs; SM2 is refused where it is asked for', () => {
    const marked = Object.keys(keySpecs).filter((name) => specRow(name as KeySpecName).dataKeyPair);
    expect(sorted(marked)).toEqual(sorted(valuesOf(DataKeyPairSpec)));
  });

  it('uses every algorithm of the API, each with a row of what it is made of', () => {
    const used = Object.values(keySpecs).flatMap((row) => Object.values(row.usages).flat());
    const shapes = [EncryptionAlgorithm, SigningAlgorithm, MacAlgorithm, EncapsulationAlgorithm];
    const known = shapes.flatMap(valuesOf);
    expect(sorted(new Set(used))).toEqual(sorted([...known, 'ECDH']));
    const rows = [signingAlgorithms, oaepHashes, macHashes].flatMap(Object.keys);
    const without = ['SYMMETRIC_DEFAULT', 'SM2PKE', 'ECDH', 'ML_KEM'];
    expect(sorted([...rows, ...without])).toEqual(sorted(new Set(used)));
  });

  it('has no algorithms for a usage that a spec lacks', () => {
    expect(algorithmsOf({ keySpec: 'HMAC_256', keyUsage: 'SIGN_VERIFY' })).toEqual([]);
  });
});

describe('requireAlgorithm', () => {
  const key = { keySpec: 'ECC_NIST_P256', keyUsage: 'KEY_AGREEMENT' } as const;

  it('knows algorithms by spec and usage', () => {
    expect(() => requireAlgorithm(key, 'ECDH')).not.toThrow();
    expect(() => requireAlgorithm(key, 'ECDSA_SHA_256')).toThrow(
      'Algorithm ECDSA_SHA_256 is incompatible with key spec ECC_NIST_P256.',
    );
  });
});

describe('maxPlaintext', () => {
  it.each([
    ['RSA_2048', 214, 190],
    ['RSA_3072', 342, 318],
    ['RSA_4096', 470, 446],
  ] as const)('%s takes %i octets with SHA-1, %i with SHA-256', (keySpec, sha1, sha256) => {
    expect(maxPlaintext(keySpec, 'RSAES_OAEP_SHA_1')).toBe(sha1);
    expect(maxPlaintext(keySpec, 'RSAES_OAEP_SHA_256')).toBe(sha256);
  });

  it("is the API's for symmetric keys", () => {
    expect(maxPlaintext('SYMMETRIC_DEFAULT', 'SYMMETRIC_DEFAULT')).toBe(4096);
  });
});

describe('checkMessage', () => {
  it.each([
    ['RSASSA_PSS_SHA_256', 'RAW', [1, 4096], []],
    ['RSASSA_PSS_SHA_256', 'DIGEST', [32], [31, 33, 48]],
    ['RSASSA_PKCS1_V1_5_SHA_384', 'DIGEST', [48], [32, 47, 49]],
    ['ECDSA_SHA_512', 'DIGEST', [64], [63, 65, 66]],
    ['ED25519_PH_SHA_512', 'DIGEST', [64], [32, 63, 65]],
    ['ML_DSA_SHAKE_256', 'EXTERNAL_MU', [64], [32, 63, 65]],
  ] as const)('%s %s', (algorithm, messageType, right, wrong) => {
    for (const length of right) {
      const check = () => checkMessage('RSA_2048', algorithm, messageType, Buffer.alloc(length));
      expect(check).not.toThrow();
    }
    for (const length of wrong) {
      const check = () => checkMessage('RSA_2048', algorithm, messageType, Buffer.alloc(length));
      const what = messageType === 'EXTERNAL_MU' ? 'External Mu' : 'Digest';
      expect(check).toThrow(`${what} is invalid length for algorithm ${algorithm}.`);
    }
  });
});
