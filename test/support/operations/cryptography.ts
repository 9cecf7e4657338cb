/** The cryptographic operations of symmetric keys, and of RSA keys that encrypt. */
import { expect } from 'vitest';
import type { OperationRow } from './operation-row.js';
import { CONTEXT, OAEP, PLAINTEXT, type Surroundings } from './surroundings.js';

const context = { EncryptionContext: CONTEXT };
const loggedContext = { encryptionContext: CONTEXT };
const algorithm = { encryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
const PAIR = { KeyPairSpec: 'ECC_NIST_P256' } as const;
const loggedPair = { keyPairSpec: PAIR.KeyPairSpec };
const MATERIAL = expect.stringMatching(/^[0-9a-f]{64}$/);
/** What a symmetric call says of the material that it used. */
const used = { additional: { keyMaterialId: MATERIAL } };
const usedBoth = {
  additional: { sourceKeyMaterialId: MATERIAL, destinationKeyMaterialId: MATERIAL },
};
const both = async ({ key, other }: Surroundings) => [key.arn, (await other()).arn];

const algorithms = {
  sourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  destinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
};

export const cryptography: readonly OperationRow[] = [
  {
    operation: 'Encrypt',
    forms: 'any',
    states: 'cryptography',
    input: (KeyId) => ({ KeyId, Plaintext: PLAINTEXT, ...context }),
    dryRun: true,
    grant: 'encryption',
    body: 'members',
    recorded: { request: () => ({ ...loggedContext, ...algorithm }), ...used },
  },
  {
    operation: 'Encrypt',
    of: 'RSA',
    kind: 'RSA encryption',
    states: 'cryptography',
    input: (KeyId) => ({ KeyId, ...OAEP, Plaintext: PLAINTEXT }),
    dryRun: true,
  },
  {
    operation: 'Decrypt',
    forms: 'any',
    states: 'cryptography',
    input: async (KeyId, at) => ({ KeyId, CiphertextBlob: await at.blob(), ...context }),
    dryRun: true,
    grant: 'encryption',
    body: 'members',
    recorded: { request: () => ({ ...loggedContext, ...algorithm }), ...used },
  },
  {
    operation: 'Decrypt',
    of: 'by the ciphertext',
    states: 'cryptography',
    input: async (_, at) => ({ CiphertextBlob: await at.blob(), ...context }),
    dryRun: true,
    recorded: { request: () => ({ ...loggedContext, ...algorithm }), ...used },
  },
  {
    operation: 'Decrypt',
    of: 'RSA',
    kind: 'RSA encryption',
    states: 'cryptography',
    input: async (KeyId, at) => ({ KeyId, ...OAEP, CiphertextBlob: await at.blob() }),
    dryRun: true,
  },
  {
    operation: 'ReEncrypt',
    of: 'source',
    forms: 'any',
    action: 'ReEncryptFrom',
    states: 'cryptography',
    input: async (SourceKeyId, at) => ({
      ...{ SourceKeyId, CiphertextBlob: await at.blob(), SourceEncryptionContext: CONTEXT },
      DestinationKeyId: (await at.other()).id,
    }),
    dryRun: true,
    grant: 'encryption',
    body: 'members',
    recorded: {
      request: ({ SourceKeyId, DestinationKeyId }) => ({
        ...{ sourceKeyId: SourceKeyId, destinationKeyId: DestinationKeyId },
        ...{ sourceEncryptionContext: CONTEXT, ...algorithms },
      }),
      resources: both,
      ...usedBoth,
    },
  },
  {
    operation: 'ReEncrypt',
    of: 'source by the ciphertext',
    action: 'ReEncryptFrom',
    states: 'cryptography',
    input: async (_, at) => ({
      ...{ CiphertextBlob: await at.blob(), SourceEncryptionContext: CONTEXT },
      DestinationKeyId: (await at.other()).id,
    }),
    dryRun: true,
    recorded: {
      request: ({ DestinationKeyId }) => ({
        ...{ destinationKeyId: DestinationKeyId },
        ...{ sourceEncryptionContext: CONTEXT, ...algorithms },
      }),
      resources: both,
      ...usedBoth,
    },
  },
  {
    operation: 'ReEncrypt',
    of: 'destination',
    second: true,
    forms: 'any',
    action: 'ReEncryptTo',
    states: 'cryptography',
    input: async (DestinationKeyId, at) => ({
      ...{ DestinationKeyId, CiphertextBlob: await at.otherBlob() },
      SourceEncryptionContext: CONTEXT,
    }),
    dryRun: true,
    grant: 'encryption',
  },
  {
    operation: 'ReEncrypt',
    of: 'RSA',
    kind: 'RSA encryption',
    states: 'cryptography',
    input: async (KeyId, at) => ({
      ...{ SourceKeyId: KeyId, DestinationKeyId: KeyId, CiphertextBlob: await at.blob() },
      SourceEncryptionAlgorithm: OAEP.EncryptionAlgorithm,
      DestinationEncryptionAlgorithm: OAEP.EncryptionAlgorithm,
    }),
    dryRun: true,
  },
  {
    operation: 'GenerateDataKey',
    forms: 'any',
    states: 'cryptography',
    input: (KeyId) => ({ KeyId, KeySpec: 'AES_256', ...context }),
    dryRun: true,
    grant: 'symmetric',
    body: 'members',
    recorded: { request: () => ({ keySpec: 'AES_256', ...loggedContext }), ...used },
  },
  {
    operation: 'GenerateDataKeyWithoutPlaintext',
    forms: 'any',
    states: 'cryptography',
    input: (KeyId) => ({ KeyId, NumberOfBytes: 24 }),
    dryRun: true,
    grant: 'symmetric',
    body: 'members',
    recorded: { request: () => ({ numberOfBytes: 24 }), ...used },
  },
  {
    operation: 'GenerateDataKeyPair',
    forms: 'any',
    states: 'cryptography',
    input: (KeyId) => ({ KeyId, ...PAIR }),
    dryRun: true,
    grant: 'symmetric',
    body: 'members',
    recorded: { request: () => loggedPair, ...used },
  },
  {
    operation: 'GenerateDataKeyPairWithoutPlaintext',
    forms: 'any',
    states: 'cryptography',
    input: (KeyId) => ({ KeyId, ...PAIR }),
    dryRun: true,
    grant: 'symmetric',
    body: 'members',
    recorded: { request: () => loggedPair, ...used },
  },
];
