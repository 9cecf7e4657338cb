import { randomBytes } from 'node:crypto';
import { describe, it } from 'vitest';
import type { SigningAlgorithm } from '../../src/crypto/algorithms.js';

import type { KeyKind } from '../support/key-kinds.js';
import { kmsServer } from './kms-server.js';
import {
  disabled,
  type Expected,
  expectRefusal,
  incorrectKey,
  noPublicKey,
  wrongAlgorithm,
  wrongDigestLength,
  wrongUsage,
} from './refusals.js';
import { STORES, type StoreName } from './stores.js';

const server = kmsServer();
const OAEP = 'RSAES_OAEP_SHA_1';
const BAD_PEER = Buffer.alloc(91);
const rsa = { keySpec: 'RSA_2048', keyUsage: 'ENCRYPT_DECRYPT' } as const;
const p256 = { keySpec: 'ECC_NIST_P256', keyUsage: 'SIGN_VERIFY' } as const;
const agreeing = { keySpec: 'ECC_NIST_P256', keyUsage: 'KEY_AGREEMENT' } as const;
const hmac = { keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC' } as const;
const symmetric = { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' } as const;

interface Row {
  readonly what: string;
  /** The key; it is disabled first where the row says so. */
  readonly kind: Pick<KeyKind, 'keySpec' | 'keyUsage'>;
  readonly disable?: true;
  readonly call: (KeyId: string, store: StoreName) => Promise<unknown>;
  readonly refusal: (arn: string) => Expected;
}

const sign = (KeyId: string, SigningAlgorithm: SigningAlgorithm, length = 32) =>
  server.kms.sign({
    KeyId,
    SigningAlgorithm,
    MessageType: 'DIGEST',
    Message: randomBytes(length),
  });

/** Calls that are wrong in two ways, and which of the two AWS reports. */
const ROWS: readonly Row[] = [
  {
    what: 'Sign: the usage before the state',
    kind: hmac,
    disable: true,
    call: (KeyId) => sign(KeyId, 'ECDSA_SHA_256'),
    refusal: (arn) => wrongUsage(arn, 'GENERATE_VERIFY_MAC', 'Sign'),
  },
  {
    what: 'Sign: the state before the algorithm',
    kind: p256,
    disable: true,
    call: (KeyId) => sign(KeyId, 'ECDSA_SHA_384', 48),
    refusal: disabled,
  },
  {
    what: 'Sign: the algorithm before the length of the digest',
    kind: p256,
    call: (KeyId) => sign(KeyId, 'ECDSA_SHA_384', 32),
    refusal: () => wrongAlgorithm('ECDSA_SHA_384', 'ECC_NIST_P256'),
  },
  {
    what: 'Verify: the length of the digest before the signature',
    kind: p256,
    call: (KeyId) =>
      server.kms.verify({
        KeyId,
        SigningAlgorithm: 'ECDSA_SHA_256',
        MessageType: 'DIGEST',
        Message: randomBytes(31),
        Signature: randomBytes(70),
      }),
    refusal: () => wrongDigestLength('ECDSA_SHA_256'),
  },
  {
    what: 'GenerateMac: the state before the algorithm',
    kind: hmac,
    disable: true,
    call: (KeyId) =>
      server.kms.generateMac({ KeyId, MacAlgorithm: 'HMAC_SHA_512', Message: randomBytes(9) }),
    refusal: disabled,
  },
  {
    what: 'VerifyMac: the algorithm before the MAC',
    kind: hmac,
    call: (KeyId) =>
      server.kms.verifyMac({
        KeyId,
        MacAlgorithm: 'HMAC_SHA_512',
        Message: randomBytes(9),
        Mac: randomBytes(9),
      }),
    refusal: () => wrongAlgorithm('HMAC_SHA_512', 'HMAC_256'),
  },
  {
    what: "DeriveSharedSecret: the state before the peer's key",
    kind: agreeing,
    disable: true,
    call: (KeyId) =>
      server.kms.deriveSharedSecret({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: BAD_PEER }),
    refusal: disabled,
  },
  {
    what: "DeriveSharedSecret: the usage before the peer's key",
    kind: p256,
    call: (KeyId) =>
      server.kms.deriveSharedSecret({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: BAD_PEER }),
    refusal: (arn) => wrongUsage(arn, 'SIGN_VERIFY', 'DeriveSharedSecret'),
  },
  {
    what: 'GenerateDataKeyPair: the state before the spec of the key',
    kind: rsa,
    disable: true,
    call: (KeyId) => server.kms.generateDataKeyPair({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }),
    refusal: disabled,
  },
  {
    what: 'GetPublicKey: the spec of a key that is disabled, which is no obstacle',
    kind: symmetric,
    disable: true,
    call: (KeyId) => server.kms.getPublicKey({ KeyId }),
    refusal: () => noPublicKey,
  },
  {
    what: 'Encrypt: the algorithm before the length of the plaintext',
    kind: rsa,
    call: (KeyId) => server.kms.encrypt({ KeyId, Plaintext: randomBytes(4096) }),
    refusal: () => wrongAlgorithm('SYMMETRIC_DEFAULT', 'RSA_2048'),
  },
  {
    what: 'Decrypt: the state before the cryptography',
    kind: rsa,
    disable: true,
    call: (KeyId) =>
      server.kms.decrypt({
        KeyId,
        EncryptionAlgorithm: OAEP,
        CiphertextBlob: randomBytes(256),
      }),
    refusal: disabled,
  },
  {
    what: 'Decrypt: the key of the ciphertext before all that is wrong with the named one',
    kind: p256,
    disable: true,
    call: async (KeyId, store) => {
      const other = await server.key(store, symmetric);
      const sealed = await server.kms.encrypt({ KeyId: other.id, Plaintext: randomBytes(9) });
      return server.kms.decrypt({ KeyId, CiphertextBlob: sealed.CiphertextBlob });
    },
    refusal: () => incorrectKey,
  },
  {
    what: "ReEncrypt: the destination's algorithm before the cryptography",
    kind: rsa,
    call: async (KeyId, store) =>
      server.kms.reEncrypt({
        CiphertextBlob: randomBytes(256),
        SourceKeyId: KeyId,
        SourceEncryptionAlgorithm: OAEP,
        DestinationKeyId: (await server.key(store, symmetric)).id,
        DestinationEncryptionAlgorithm: OAEP,
      }),
    refusal: () => wrongAlgorithm(OAEP, 'SYMMETRIC_DEFAULT'),
  },
];

describe.each(STORES)('checks of %s keys', (store) => {
  it.each(ROWS)('$what', async ({ kind, disable, call, refusal }) => {
    const { id, arn } = await server.newKey(store, kind);
    if (disable) await server.kms.disableKey({ KeyId: id });
    await expectRefusal(call(id, store), refusal(arn));
  });
});
