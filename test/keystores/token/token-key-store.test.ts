import {
  constants,
  createHash,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  verify,
} from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeySpec, KeyUsage, SigningAlgorithm } from '../../../src/crypto/algorithms.js';
import type { KeyMaterial } from '../../../src/keystores/contract/material.js';

import { soon } from '../../support/waiting.js';
import { makeTokenStoreBench, OWNER, TOKEN_ID, type TokenStoreBench } from './token-store-bench.js';

const MECHANISM_INVALID = 0x70;
const message = Buffer.from('a message of no importance');

let store: TokenStoreBench;
beforeAll(async () => {
  store = await makeTokenStoreBench();
});
afterAll(() => store.dispose());

const make = (keySpec: KeySpec, keyUsage: KeyUsage): Promise<KeyMaterial> =>
  store.connection.materials.make(OWNER, { keySpec, keyUsage }, soon());

function publicKeyOf({ publicKey }: KeyMaterial): KeyObject {
  if (publicKey === undefined) throw new Error('the material has no public key');
  return createPublicKey({ key: publicKey, type: 'spki', format: 'der' });
}

type Check = (key: KeyObject, signature: Buffer) => boolean;

const pkcs1 =
  (hash: string): Check =>
  (key, signature) =>
    verify(hash, message, key, signature);
const pss =
  (hash: string, saltLength: number): Check =>
  (key, signature) =>
    verify(hash, message, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, signature);

const RSA_ALGORITHMS: [SigningAlgorithm, string, Check][] = [
  ['RSASSA_PKCS1_V1_5_SHA_256', 'sha256', pkcs1('sha256')],
  ['RSASSA_PKCS1_V1_5_SHA_384', 'sha384', pkcs1('sha384')],
  ['RSASSA_PKCS1_V1_5_SHA_512', 'sha512', pkcs1('sha512')],
  ['RSASSA_PSS_SHA_256', 'sha256', pss('sha256', 32)],
  ['RSASSA_PSS_SHA_384', 'sha384', pss('sha384', 48)],
  ['RSASSA_PSS_SHA_512', 'sha512', pss('sha512', 64)],
];

/** OpenSSL and @noble each: the DER must please both. */
const ecdsa =
  (hash: string, curve: typeof p256): Check =>
  (key, signature) => {
    const digest = createHash(hash).update(message).digest();
    const { x = '', y = '' } = key.export({ format: 'jwk' });
    const coordinates = [x, y].map((each) => Buffer.from(each, 'base64url'));
    const point = Buffer.concat([Buffer.from([4]), ...coordinates]);
    const options = { prehash: false, lowS: false, format: 'der' } as const;
    return verify(hash, message, key, signature) && curve.verify(signature, digest, point, options);
  };

const SIGNERS: [KeySpec, [SigningAlgorithm, hash: string | undefined, Check][]][] = [
  ['RSA_2048', RSA_ALGORITHMS],
  ['RSA_3072', RSA_ALGORITHMS],
  ['RSA_4096', RSA_ALGORITHMS],
  ['ECC_NIST_P256', [['ECDSA_SHA_256', 'sha256', ecdsa('sha256', p256)]]],
  ['ECC_NIST_P384', [['ECDSA_SHA_384', 'sha384', ecdsa('sha384', p384)]]],
  ['ECC_NIST_P521', [['ECDSA_SHA_512', 'sha512', ecdsa('sha512', p521)]]],
  ['ECC_SECG_P256K1', [['ECDSA_SHA_256', 'sha256', ecdsa('sha256', secp256k1)]]],
  [
    'ECC_NIST_EDWARDS25519',
    [['ED25519_SHA_512', undefined, (key, signature) => verify(null, message, key, signature)]],
  ],
];

describe.each(SIGNERS)('signing with %s in a token', (keySpec, algorithms) => {
  let material: KeyMaterial;
  beforeAll(async () => {
    material = await make(keySpec, 'SIGN_VERIFY');
  });

  it.each(algorithms)('%s signs messages and digests', async (algorithm, hash, check) => {
    const sign = (messageType: 'RAW' | 'DIGEST', octets: Buffer) =>
      store.connection.keyStore.sign(
        material,
        { keySpec, algorithm, messageType, message: octets },
        soon(),
      );
    const key = publicKeyOf(material);
    expect(check(key, await sign('RAW', message))).toBe(true);
    if (hash !== undefined) {
      expect(check(key, await sign('DIGEST', createHash(hash).update(message).digest()))).toBe(
        true,
      );
    }
    expect(check(key, await sign('RAW', Buffer.from('another message')))).toBe(false);
  });

  it('makes twenty signatures that are all well-formed', async () => {
    const [first] = algorithms;
    if (first === undefined) throw new Error('no algorithm');
    const [algorithm, , check] = first;
    const request = { keySpec, algorithm, messageType: 'RAW', message } as const;
    const calls = Array.from({ length: 20 }, () =>
      store.connection.keyStore.sign(material, request, soon()),
    );
    for (const signature of await Promise.all(calls)) {
      expect(check(publicKeyOf(material), signature)).toBe(true);
    }
  });
});

describe.each([
  ['HMAC_224', 'HMAC_SHA_224', 28],
  ['HMAC_256', 'HMAC_SHA_256', 32],
  ['HMAC_384', 'HMAC_SHA_384', 48],
  ['HMAC_512', 'HMAC_SHA_512', 64],
] as const)('%s in a token', (keySpec, algorithm, length) => {
  it('makes MACs of full length that depend on the message and the key', async () => {
    const [one, other] = [
      await make(keySpec, 'GENERATE_VERIFY_MAC'),
      await make(keySpec, 'GENERATE_VERIFY_MAC'),
    ];
    const mac = (material: KeyMaterial, octets: Buffer) =>
      store.connection.keyStore.mac(material, algorithm, octets, soon());
    const tag = await mac(one, message);
    expect(tag).toHaveLength(length);
    expect(await mac(one, message)).toEqual(tag);
    expect((await mac(other, message)).equals(tag)).toBe(false);
    expect((await mac(one, Buffer.alloc(4096))).equals(tag)).toBe(false);
    expect(
      createHmac(`sha${length * 8}`, '')
        .update(message)
        .digest()
        .equals(tag),
    ).toBe(false);
    expect(one.publicKey).toBeUndefined();
  });
});

describe.each([
  ['ECC_NIST_P256', 'prime256v1', 32],
  ['ECC_NIST_P384', 'secp384r1', 48],
  ['ECC_NIST_P521', 'secp521r1', 66],
] as const)('key agreement with %s in a token', (keySpec, namedCurve, length) => {
  it('gives what the peer computes, also when both are in the token', async () => {
    const [one, other] = [
      await make(keySpec, 'KEY_AGREEMENT'),
      await make(keySpec, 'KEY_AGREEMENT'),
    ];
    const agree = (material: KeyMaterial, peer: KeyObject) =>
      store.connection.keyStore.agree(material, keySpec, peer, soon());
    const peer = generateKeyPairSync('ec', { namedCurve });
    const shared = await agree(one, peer.publicKey);
    expect(shared).toHaveLength(length);
    expect(shared).toEqual(
      diffieHellman({ privateKey: peer.privateKey, publicKey: publicKeyOf(one) }),
    );
    expect(await agree(one, publicKeyOf(other))).toEqual(await agree(other, publicKeyOf(one)));
  });
});

describe.each([
  ['RSA_2048', 256, 214],
  ['RSA_3072', 384, 342],
  ['RSA_4096', 512, 470],
] as const)('decryption with %s in a token', (keySpec, length, longest) => {
  let material: KeyMaterial;
  beforeAll(async () => {
    material = await make(keySpec, 'ENCRYPT_DECRYPT');
  });

  const open = (ciphertext: Buffer, algorithm: 'SHA_1' | 'SHA_256' = 'SHA_1') =>
    store.connection.keyStore.decryptOaep(
      material,
      keySpec,
      `RSAES_OAEP_${algorithm}`,
      ciphertext,
      soon(),
    );

  it('opens what was encrypted outside', async () => {
    for (const plaintext of [message, Buffer.alloc(longest, 1), Buffer.alloc(1)]) {
      const ciphertext = publicEncrypt({ key: publicKeyOf(material), oaepHash: 'sha1' }, plaintext);
      expect(await open(ciphertext)).toEqual(plaintext);
    }
  });

  it.each([
    ['of another hash', () => sealed('sha256')],
    ['of noise', () => Buffer.alloc(length, 7)],
    ['above the modulus', () => Buffer.alloc(length, 0xff)],
    ['too short', () => sealed('sha1').subarray(1)],
    ['too long', () => Buffer.concat([sealed('sha1'), Buffer.alloc(1)])],
    ['empty', () => Buffer.alloc(0)],
  ])('refuses a ciphertext %s', async (_what, ciphertext) => {
    await expect(open(ciphertext())).rejects.toMatchObject({ kind: 'invalid-ciphertext' });
  });

  function sealed(oaepHash: string): Buffer {
    return publicEncrypt({ key: publicKeyOf(material), oaepHash }, message);
  }

  it('says of a hash that the token lacks who lacks what, and why', async () => {
    const spec = { keySpec, keyUsage: 'ENCRYPT_DECRYPT' } as const;
    const asked = store.connection.keyStore.requireAlgorithm(spec, 'RSAES_OAEP_SHA_256', soon());
    await expect(asked).rejects.toMatchObject({
      kind: 'unsupported',
      message: `The token ${TOKEN_ID} cannot use this algorithm: ${keySpec}:ENCRYPT_DECRYPT:RSAES_OAEP_SHA_256 (CKR_ARGUMENTS_BAD)`,
    });
  });

  it('asks no verdict to use a key that is there', async () => {
    await expect(open(sealed('sha256'), 'SHA_256')).rejects.toMatchObject({ kind: 'failed' });
    await store.bench.faults.set(`fail C_DecryptInit ${MECHANISM_INVALID}`);
    const opened = open(sealed('sha1'));
    await expect(opened.finally(() => store.bench.faults.clear())).rejects.toMatchObject({
      kind: 'unsupported',
      message: `The token ${TOKEN_ID} cannot use this key with RSAES_OAEP_SHA_1: CKR_MECHANISM_INVALID`,
    });
    expect(await open(sealed('sha1'))).toEqual(message);
  });
});

describe('what SoftHSM does wrongly or not at all', () => {
  it('is known before a signature is made: Ed25519ph', async () => {
    const spec = { keySpec: 'ECC_NIST_EDWARDS25519', keyUsage: 'SIGN_VERIFY' } as const;
    const asked = store.connection.keyStore.requireAlgorithm(spec, 'ED25519_PH_SHA_512', soon());
    await expect(asked).rejects.toMatchObject({ kind: 'unsupported' });
  });

  it.each([
    ['ML_DSA_44', 'SIGN_VERIFY', 'ML_DSA_SHAKE_256', 'CKR_MECHANISM_INVALID'],
    ['ML_DSA_65', 'SIGN_VERIFY', 'ML_DSA_SHAKE_256', 'CKR_MECHANISM_INVALID'],
    ['ML_DSA_87', 'SIGN_VERIFY', 'ML_DSA_SHAKE_256', 'CKR_MECHANISM_INVALID'],
    ['ML_KEM_768', 'ENCAPSULATE_DECAPSULATE', 'ML_KEM', 'Strongroom has no such key in a token'],
    ['SM2', 'SIGN_VERIFY', 'SM2DSA', 'Strongroom has no such key in a token'],
    ['SM2', 'KEY_AGREEMENT', 'ECDH', 'Strongroom has no such key in a token'],
  ] as const)(
    'is refused before a key is made: %s for %s',
    async (keySpec, keyUsage, algorithm, reason) => {
      const intended = await store.objects('intended');
      await expect(make(keySpec, keyUsage)).rejects.toMatchObject({
        kind: 'unsupported',
        message: `The token ${TOKEN_ID} cannot make this key: ${keySpec}:${keyUsage}:${algorithm} (${reason})`,
      });
      expect(await store.objects('intended')).toEqual(intended);
    },
  );

  it('is refused by every token: ML-DSA over μ', async () => {
    const material = await make('ECC_NIST_P256', 'SIGN_VERIFY');
    const signed = store.connection.keyStore.sign(
      material,
      {
        ...{ keySpec: 'ML_DSA_44', algorithm: 'ML_DSA_SHAKE_256' },
        ...{ messageType: 'EXTERNAL_MU', message: Buffer.alloc(64) },
      },
      soon(),
    );
    await expect(signed).rejects.toMatchObject({
      kind: 'unsupported',
      message: `The token ${TOKEN_ID} cannot sign with ML_DSA_SHAKE_256 and MessageType EXTERNAL_MU: PKCS#11 has no mechanism for it`,
    });
  });
});

describe('a token whose settings have the host take RSA-OAEP’s padding off', () => {
  let raw: TokenStoreBench;
  beforeAll(async () => {
    raw = await makeTokenStoreBench({ rawRsaOaep: true });
  });
  afterAll(() => raw.dispose());

  it.each(['SHA_1', 'SHA_256'] as const)('opens OAEP with %s', async (hash) => {
    const keySpec = 'RSA_2048';
    const spec = { keySpec, keyUsage: 'ENCRYPT_DECRYPT' } as const;
    const material = await raw.connection.materials.make(OWNER, spec, soon());
    const oaepHash = hash.replace('_', '').toLowerCase();
    const ciphertext = publicEncrypt({ key: publicKeyOf(material), oaepHash }, message);
    const open = (octets: Buffer) =>
      raw.connection.keyStore.decryptOaep(material, keySpec, `RSAES_OAEP_${hash}`, octets, soon());
    expect(await open(ciphertext)).toEqual(message);
    for (const bad of [Buffer.alloc(256, 7), Buffer.alloc(256, 0xff), Buffer.alloc(256)]) {
      await expect(open(bad)).rejects.toMatchObject({ kind: 'invalid-ciphertext' });
    }
    expect(await open(ciphertext)).toEqual(message);
  });
});
