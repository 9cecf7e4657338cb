import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  algorithmsOf,
  type DataKeyPairSpec,
  KEY_USAGES,
  type SigningAlgorithm,
  specRow,
} from '../../src/crypto/algorithms.js';

import { dataKeyPairSpecs, kindsOf } from '../support/key-kinds.js';
import { openssl } from '../support/oracles/openssl.js';
import { acceptsElsewhere, signWithOpenssl } from '../support/oracles/signatures.js';
import { kmsServer, octets } from './kms-server.js';
import {
  expectRefusal,
  invalidCiphertext,
  noDataKeyPairs,
  violation,
  wrongUsage,
} from './refusals.js';
import { STORES } from './stores.js';

const server = kmsServer();
const symmetric = { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' } as const;
const EncryptionContext = { purpose: 'test' };
/** ML-KEM's, which OpenSSL 3.0 lacks, are in encapsulation.test.ts. */
const specs = (dataKeyPairSpecs as readonly DataKeyPairSpec[]).filter(
  (keySpec) => !specRow(keySpec).lattice,
);

/** How OpenSSL calls a private key of the spec in its text form. */
function opensslTitle(spec: DataKeyPairSpec): RegExp {
  const { keyType, bytes, curve } = specRow(spec);
  if (keyType === 'rsa') return new RegExp(`Private-Key: \\(${bytes * 8} bit, 2 primes\\)`);
  return keyType === 'ec' ? new RegExp(`ASN1 OID: ${curve}`) : /ED25519 Private-Key/;
}

const spkiFrom = (pkcs8: Buffer) =>
  createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })).export({
    format: 'der',
    type: 'spki',
  });

describe.each(STORES)('data key pairs under %s keys', (store) => {
  const made = new Map<DataKeyPairSpec, ReturnType<typeof generate>>();
  const generate = async (KeyPairSpec: DataKeyPairSpec) => {
    const key = await server.key(store, symmetric);
    const input = { KeyId: key.id, KeyPairSpec, EncryptionContext };
    return { key, answer: await server.kms.generateDataKeyPair(input) };
  };
  /** One pair of the spec for all tests: the primes of RSA take their time. */
  const pairOf = (spec: DataKeyPairSpec) => {
    const pair = made.get(spec) ?? generate(spec);
    made.set(spec, pair);
    return pair;
  };
  const decrypt = (CiphertextBlob: Uint8Array | undefined, context: object = EncryptionContext) =>
    server.kms.decrypt({ CiphertextBlob, EncryptionContext: { ...context } });

  it.each(specs)('%s is a pair that signs and verifies outside', async (spec) => {
    const { key, answer } = await pairOf(spec);
    expect(answer).toMatchObject({ KeyId: key.arn, KeyPairSpec: spec });
    const privateKey = octets(answer.PrivateKeyPlaintext);
    const publicKey = octets(answer.PublicKey);
    const text = await openssl(['pkey', '-inform', 'DER', '-in', 'key', '-noout', '-text'], {
      key: privateKey,
    });
    expect(text.toString()).toMatch(opensslTitle(spec));
    const ofPrivate = ['pkey', '-inform', 'DER', '-in', 'key', '-pubout', '-outform', 'DER'];
    expect(await openssl(ofPrivate, { key: privateKey })).toEqual(publicKey);
    // The message itself, in one piece, is what OpenSSL's command line signs with each.
    const algorithm = algorithmsOf({ keySpec: spec, keyUsage: 'SIGN_VERIFY' }).find(
      (each) => each !== 'ED25519_PH_SHA_512',
    );
    const message = randomBytes(100);
    const signed = {
      keySpec: spec,
      algorithm: algorithm as SigningAlgorithm,
      messageType: 'RAW' as const,
      message,
    };
    const signature = await signWithOpenssl(signed, privateKey);
    expect(await acceptsElsewhere(signed, publicKey, signature)).toBe(true);
  });

  it.each(specs)("%s's private key is PKCS #8 and decrypts to the same", async (spec) => {
    const { key, answer } = await pairOf(spec);
    const privateKey = octets(answer.PrivateKeyPlaintext);
    const parsed = await openssl(['asn1parse', '-inform', 'DER', '-in', 'key'], {
      key: privateKey,
    });
    // PrivateKeyInfo: a version, an algorithm, an OCTET STRING (RFC 5958 §2).
    expect(parsed.toString()).toMatch(
      /^.*SEQUENCE.*\n.*INTEGER +:00\n.*SEQUENCE.*\n(.*\n)+?.*OCTET STRING/,
    );
    const opened = await decrypt(answer.PrivateKeyCiphertextBlob);
    expect(octets(opened.Plaintext)).toEqual(privateKey);
    expect(opened.KeyId).toBe(key.arn);
    expect(opened.KeyMaterialId).toBe(answer.KeyMaterialId);
    expect(answer.KeyMaterialId === undefined).toBe(store !== 'software');
    const wrong = decrypt(answer.PrivateKeyCiphertextBlob, { purpose: 'another' });
    await expectRefusal(wrong, invalidCiphertext);
  });

  it.each(specs)('%s without plaintext has none, and is another', async (KeyPairSpec) => {
    const { id, arn } = await server.key(store, symmetric);
    const answer = await server.kms.generateDataKeyPairWithoutPlaintext({
      KeyId: id,
      KeyPairSpec,
      EncryptionContext,
    });
    expect(answer).toMatchObject({ KeyId: arn, KeyPairSpec });
    expect(answer).not.toHaveProperty('PrivateKeyPlaintext');
    const { Plaintext } = await decrypt(answer.PrivateKeyCiphertextBlob);
    expect(spkiFrom(octets(Plaintext))).toEqual(octets(answer.PublicKey));
    const before = await pairOf(KeyPairSpec);
    expect(answer.PublicKey).not.toEqual(before.answer.PublicKey);
  });
});

describe('software keys that make no data key pairs', () => {
  const KeyPairSpec = 'ECC_NIST_P256';
  const OPERATIONS = ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'] as const;
  const call = (operation: (typeof OPERATIONS)[number], KeyId: string, spec = KeyPairSpec) => {
    const input = { KeyId, KeyPairSpec: spec as typeof KeyPairSpec };
    return operation === 'GenerateDataKeyPair'
      ? server.kms.generateDataKeyPair(input)
      : server.kms.generateDataKeyPairWithoutPlaintext(input);
  };

  it.each(OPERATIONS)('%s refuses RSA that encrypts', async (operation) => {
    const kind = { keySpec: 'RSA_2048', keyUsage: 'ENCRYPT_DECRYPT' } as const;
    const { id } = await server.key('software', kind);
    await expectRefusal(call(operation, id), noDataKeyPairs);
  });

  it.each(
    OPERATIONS.flatMap((operation) =>
      KEY_USAGES.filter((keyUsage) => keyUsage !== 'ENCRYPT_DECRYPT').map((keyUsage) => ({
        operation,
        keyUsage,
      })),
    ),
  )('$operation refuses $keyUsage', async ({ operation, keyUsage }) => {
    const kind = kindsOf(keyUsage).find(({ keySpec }) => !keySpec.startsWith('RSA'));
    if (!kind) throw new Error(`no spec has ${keyUsage}`);
    const { id, arn } = await server.key('software', kind);
    await expectRefusal(call(operation, id), wrongUsage(arn, keyUsage, operation));
  });

  it.each(OPERATIONS)('%s refuses specs that are no data key pair', async (operation) => {
    const { id } = await server.key('software', symmetric);
    const refusal = violation(
      "Value 'ML_DSA_44' at 'keyPairSpec' failed to satisfy constraint: Member must satisfy enum value set: [RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521, ECC_SECG_P256K1, SM2, ECC_NIST_EDWARDS25519, ML_KEM_512, ML_KEM_768, ML_KEM_1024]",
    );
    await expectRefusal(call(operation, id, 'ML_DSA_44' as never), refusal);
    await expectRefusal(call(operation, id, 'SM2' as never), {
      name: 'UnsupportedOperationException',
      message: 'SM2 key pairs are not supported in this Region.',
    });
  });
});
