/** Every operation that came with the asymmetric and MAC keys, as it succeeds. */

import { randomBytes } from 'node:crypto';
import type { KMS } from '@aws-sdk/client-kms';
import type { KeySpec, KeyUsage } from '../../src/crypto/algorithms.js';

import { ecPair, spkiOf } from '../support/oracles/ec-keys.js';

export interface Use {
  readonly operation: string;
  /** The key that it needs. */
  readonly kind: { readonly keySpec: KeySpec; readonly keyUsage: KeyUsage };
  /** Whether the operation has DryRun. */
  readonly dryRun: boolean;
  /** Members with which it succeeds, apart from the key's id. */
  readonly members: (kms: KMS, KeyId: string) => Promise<object>;
  readonly send: (kms: KMS, KeyId: string, members: object) => Promise<unknown>;
}

/** A small key of every usage. */
export const smallKinds = {
  SIGN_VERIFY: { keySpec: 'ECC_NIST_P256', keyUsage: 'SIGN_VERIFY' },
  KEY_AGREEMENT: { keySpec: 'ECC_NIST_P256', keyUsage: 'KEY_AGREEMENT' },
  GENERATE_VERIFY_MAC: { keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC' },
  ENCRYPT_DECRYPT: { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' },
} as const satisfies Record<KeyUsage, Use['kind']>;

const rsa = { keySpec: 'RSA_2048', keyUsage: 'ENCRYPT_DECRYPT' } as const;
// Of OAEP's two hashes the one that SoftHSM has.
const OAEP = { EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' } as const;
const ECDSA = { SigningAlgorithm: 'ECDSA_SHA_256' } as const;
const HMAC = { MacAlgorithm: 'HMAC_SHA_256' } as const;
const PAIR = { KeyPairSpec: 'ECC_NIST_P256' } as const;

/** The one place where members of unlike operations go through one function. */
const named = <Input>(KeyId: string, members: object) => ({ KeyId, ...members }) as Input;

export const uses: readonly Use[] = [
  {
    operation: 'Sign',
    kind: smallKinds.SIGN_VERIFY,
    dryRun: true,
    members: async () => ({ ...ECDSA, Message: randomBytes(32) }),
    send: (kms, KeyId, members) => kms.sign(named(KeyId, members)),
  },
  {
    operation: 'Verify',
    kind: smallKinds.SIGN_VERIFY,
    dryRun: true,
    members: async (kms, KeyId) => {
      const members = { ...ECDSA, Message: randomBytes(32) };
      const { Signature } = await kms.sign({ KeyId, ...members });
      return { ...members, Signature };
    },
    send: (kms, KeyId, members) => kms.verify(named(KeyId, members)),
  },
  {
    operation: 'GenerateMac',
    kind: smallKinds.GENERATE_VERIFY_MAC,
    dryRun: true,
    members: async () => ({ ...HMAC, Message: randomBytes(32) }),
    send: (kms, KeyId, members) => kms.generateMac(named(KeyId, members)),
  },
  {
    operation: 'VerifyMac',
    kind: smallKinds.GENERATE_VERIFY_MAC,
    dryRun: true,
    members: async (kms, KeyId) => {
      const members = { ...HMAC, Message: randomBytes(32) };
      const { Mac } = await kms.generateMac({ KeyId, ...members });
      return { ...members, Mac };
    },
    send: (kms, KeyId, members) => kms.verifyMac(named(KeyId, members)),
  },
  {
    operation: 'DeriveSharedSecret',
    kind: smallKinds.KEY_AGREEMENT,
    dryRun: true,
    members: async () => ({
      KeyAgreementAlgorithm: 'ECDH',
      PublicKey: spkiOf(ecPair('prime256v1').publicKey),
    }),
    send: (kms, KeyId, members) => kms.deriveSharedSecret(named(KeyId, members)),
  },
  {
    operation: 'GenerateDataKeyPair',
    kind: smallKinds.ENCRYPT_DECRYPT,
    dryRun: true,
    members: async () => PAIR,
    send: (kms, KeyId, members) => kms.generateDataKeyPair(named(KeyId, members)),
  },
  {
    operation: 'GenerateDataKeyPairWithoutPlaintext',
    kind: smallKinds.ENCRYPT_DECRYPT,
    dryRun: true,
    members: async () => PAIR,
    send: (kms, KeyId, members) => kms.generateDataKeyPairWithoutPlaintext(named(KeyId, members)),
  },
  {
    operation: 'Encrypt',
    kind: rsa,
    dryRun: true,
    members: async () => ({ ...OAEP, Plaintext: randomBytes(32) }),
    send: (kms, KeyId, members) => kms.encrypt(named(KeyId, members)),
  },
  {
    operation: 'Decrypt',
    kind: rsa,
    dryRun: true,
    members: async (kms, KeyId) => {
      const { CiphertextBlob } = await kms.encrypt({ KeyId, ...OAEP, Plaintext: randomBytes(32) });
      return { ...OAEP, CiphertextBlob };
    },
    send: (kms, KeyId, members) => kms.decrypt(named(KeyId, members)),
  },
  {
    operation: 'ReEncrypt',
    kind: rsa,
    dryRun: true,
    members: async (kms, KeyId) => {
      const { CiphertextBlob } = await kms.encrypt({ KeyId, ...OAEP, Plaintext: randomBytes(32) });
      const { EncryptionAlgorithm } = OAEP;
      return {
        CiphertextBlob,
        SourceEncryptionAlgorithm: EncryptionAlgorithm,
        DestinationEncryptionAlgorithm: EncryptionAlgorithm,
      };
    },
    send: (kms, KeyId, members) =>
      kms.reEncrypt({ SourceKeyId: KeyId, DestinationKeyId: KeyId, ...members } as never),
  },
  {
    operation: 'GetPublicKey',
    kind: smallKinds.SIGN_VERIFY,
    dryRun: false,
    members: async () => ({}),
    send: (kms, KeyId, members) => kms.getPublicKey(named(KeyId, members)),
  },
];
