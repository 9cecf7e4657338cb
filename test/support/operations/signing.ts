/** The operations of keys that sign, agree, encapsulate and authenticate messages. */
import { ecPair, spkiOf } from '../oracles/ec-keys.js';
import type { OperationRow } from './operation-row.js';
import type { Surroundings } from './surroundings.js';

const Message = Buffer.from('the-message-of-this-test-must-not-be-seen');
const ECDSA = { SigningAlgorithm: 'ECDSA_SHA_256' } as const;
const HMAC = { MacAlgorithm: 'HMAC_SHA_256' } as const;

const signature = async ({ call, key }: Surroundings) =>
  (await call('Sign', { KeyId: key.id, Message, ...ECDSA })).Signature;
const mac = async ({ call, key }: Surroundings) =>
  (await call('GenerateMac', { KeyId: key.id, Message, ...HMAC })).Mac;

const ML_KEM = { EncapsulationAlgorithm: 'ML_KEM' } as const;
const encapsulated = async ({ call, key }: Surroundings) =>
  (await call('Encapsulate', { KeyId: key.id, ...ML_KEM })).SharedSecretCiphertextBlob;

const signed = () => ({ messageType: 'RAW', signingAlgorithm: 'ECDSA_SHA_256' });
const encapsulating = () => ({ encapsulationAlgorithm: 'ML_KEM' });
const authenticated = () => ({ macAlgorithm: 'HMAC_SHA_256' });

export const signing: readonly OperationRow[] = [
  {
    operation: 'GetPublicKey',
    kind: 'signing',
    forms: 'any',
    states: 'public key',
    input: (KeyId) => ({ KeyId }),
    grant: 'asymmetric',
    body: 'members',
    recorded: {},
  },
  {
    operation: 'Sign',
    kind: 'signing',
    forms: 'any',
    states: 'cryptography',
    input: (KeyId) => ({ KeyId, Message, ...ECDSA }),
    dryRun: true,
    grant: 'signing',
    body: 'members',
    recorded: { request: signed },
  },
  {
    operation: 'Verify',
    kind: 'signing',
    forms: 'any',
    states: 'cryptography',
    input: async (KeyId, at) => ({ KeyId, Message, ...ECDSA, Signature: await signature(at) }),
    dryRun: true,
    grant: 'signing',
    body: 'members',
    recorded: { request: signed },
  },
  {
    operation: 'GenerateMac',
    kind: 'MAC',
    forms: 'any',
    states: 'cryptography',
    input: (KeyId) => ({ KeyId, Message, ...HMAC }),
    dryRun: true,
    grant: 'MAC',
    body: 'members',
    recorded: { request: authenticated },
  },
  {
    operation: 'VerifyMac',
    kind: 'MAC',
    forms: 'any',
    states: 'cryptography',
    input: async (KeyId, at) => ({ KeyId, Message, ...HMAC, Mac: await mac(at) }),
    dryRun: true,
    grant: 'MAC',
    body: 'members',
    recorded: { request: authenticated },
  },
  {
    operation: 'DeriveSharedSecret',
    kind: 'agreement',
    forms: 'any',
    states: 'cryptography',
    input: (KeyId) => ({
      ...{ KeyId, KeyAgreementAlgorithm: 'ECDH' },
      PublicKey: spkiOf(ecPair('prime256v1').publicKey),
    }),
    dryRun: true,
    grant: 'agreement',
    body: 'members',
    recorded: { request: () => ({ keyAgreementAlgorithm: 'ECDH' }) },
  },
  {
    operation: 'Encapsulate',
    kind: 'encapsulation',
    forms: 'any',
    states: 'cryptography',
    input: (KeyId) => ({ KeyId, ...ML_KEM }),
    dryRun: true,
    grant: 'encapsulation',
    body: 'members',
    recorded: { request: encapsulating },
  },
  {
    operation: 'Decapsulate',
    kind: 'encapsulation',
    forms: 'any',
    states: 'cryptography',
    input: async (KeyId, at) => ({
      ...{ KeyId, ...ML_KEM },
      SharedSecretCiphertextBlob: await encapsulated(at),
    }),
    dryRun: true,
    grant: 'encapsulation',
    body: 'members',
    recorded: { request: encapsulating },
  },
];
