/** The cryptographic operations of symmetric keys, and of RSA keys that encrypt. */
import type { OperationRow } from './operation-row.js';
import { CONTEXT, OAEP, PLAINTEXT, type Surroundings } from './surroundings.js';

const context = { EncryptionContext: CONTEXT };
const loggedContext = { encryptionContext: CONTEXT };
const algorithm = { encryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
const PAIR = { KeyPairSpec: 'ECC_NIST_P256' } as const;
const loggedPair = { keyPairSpec: PAIR.KeyPairSpec };
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
    recorded: { request: () => ({ ...loggedContext, ...algorithm }) },
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
    recorded: { request: () => ({ ...loggedContext, ...algorithm }) },
  },
  {
    operation: 'Decrypt',
    of: 'by the ciphertext',
    states: 'cryptography',
    input: async (_, at) => ({ CiphertextBlob: await at.blob(), ...context }),
    dryRun: true,
    recorded: { request: (_, { key }) => ({ keyId: key.arn, ...loggedContext, ...algorithm }) },
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
      request: ({ DestinationKeyId }, { key }) => ({
        ...{ sourceKeyId: key.arn, destinationKeyId: DestinationKeyId },
        ...{ sourceEncryptionContext: CONTEXT, ...algorithms },
      }),
      resources: both,
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
    recorded: { request: () => ({ keySpec: 'AES_256', ...loggedContext }) },
  },
  {
    operation: 'GenerateDataKeyWithoutPlaintext',
    forms: 'any',
    states: 'cryptography',
    input: (KeyId) => ({ KeyId, NumberOfBytes: 24 }),
    dryRun: true,
    grant: 'symmetric',
    body: 'members',
    recorded: { request: () => ({ numberOfBytes: 24 }) },
  },
  {
    operation: 'GenerateDataKeyPair',
    forms: 'any',
    states: 'cryptography',
    input: (KeyId) => ({ KeyId, ...PAIR }),
    dryRun: true,
    grant: 'symmetric',
    body: 'members',
    recorded: { request: () => loggedPair },
  },
  {
    operation: 'GenerateDataKeyPairWithoutPlaintext',
    forms: 'any',
    states: 'cryptography',
    input: (KeyId) => ({ KeyId, ...PAIR }),
    dryRun: true,
    grant: 'symmetric',
    body: 'members',
    recorded: { request: () => loggedPair },
  },
];
