/** Signatures. Source: AWS KMS API Reference. */

import { type Static, Type } from 'typebox';
import type { PublicKeys } from '../../../keystores/software/public-keys.js';
import { kmsError } from '../errors.js';
import { currentMaterial } from '../keys/key.js';
import type { KeyCall } from '../on-key.js';
import {
  GrantTokens,
  KeyIdRef,
  Message,
  MessageType,
  Signature,
  SigningAlgorithm,
} from '../shapes.js';
import type { KeyStores } from '../stores/key-stores.js';
import { requireAbility } from '../stores/require-ability.js';
import { cryptographicOperation } from './cryptographic-operation.js';
import { requireProvenNow } from './proven-algorithm.js';
import { checkMessage, requireAlgorithm } from './require-algorithm.js';

interface SigningInput {
  readonly Message: Buffer;
  readonly MessageType: Static<typeof MessageType>;
  readonly SigningAlgorithm: Static<typeof SigningAlgorithm>;
}

/** What both say of the key. */
const signing = {
  usage: 'SIGN_VERIFY',
  conditions: (input: SigningInput) => ({
    members: {
      'kms:signingalgorithm': input.SigningAlgorithm,
      'kms:messagetype': input.MessageType,
    },
  }),
} as const;

/**
 * What is to be signed, or is said to have been.
 * @throws ServiceError InvalidKeyUsageException, ValidationException: see requireAlgorithm, checkMessage
 */
function readMessage({ input, key }: KeyCall<SigningInput>) {
  const { SigningAlgorithm: algorithm, MessageType: messageType, Message: message } = input;
  requireAlgorithm(key, algorithm);
  checkMessage(key.keySpec, algorithm, messageType, message);
  return { keySpec: key.keySpec, algorithm, messageType, message };
}

export const sign = cryptographicOperation('Sign', {
  ...signing,
  summary: 'Signs a message or its digest with an asymmetric KMS key.',
  route: 'POST /keys/{KeyId}/sign',
  members: {
    Message,
    MessageType,
    GrantTokens: Type.Optional(GrantTokens),
    SigningAlgorithm,
    DryRun: Type.Optional(Type.Boolean()),
  },
  output: Type.Object({ KeyId: KeyIdRef, Signature, SigningAlgorithm }),
  async run(call, { keyStores }: { readonly keyStores: KeyStores }) {
    const request = readMessage(call);
    const { key, deadline } = call;
    const { algorithm } = request;
    const store = requireAbility(keyStores.of(key), 'sign', key, algorithm);
    await requireProvenNow(key, store, algorithm, deadline);
    return {
      KeyId: key.arn,
      Signature: await store.sign(currentMaterial(key), request, deadline),
      SigningAlgorithm: algorithm,
    };
  },
});

export const verify = cryptographicOperation('Verify', {
  ...signing,
  summary: 'Verifies a signature that Sign made; a wrong one is an error, never an answer.',
  route: 'POST /keys/{KeyId}/verify',
  members: {
    Message,
    MessageType,
    Signature,
    SigningAlgorithm,
    GrantTokens: Type.Optional(GrantTokens),
    DryRun: Type.Optional(Type.Boolean()),
  },
  output: Type.Object({ KeyId: KeyIdRef, SignatureValid: Type.Boolean(), SigningAlgorithm }),
  errors: ['KMSInvalidSignatureException'],
  async run(call, { publicKeys }: { readonly publicKeys: PublicKeys }) {
    const task = readMessage(call);
    const { input, key } = call;
    if (!(await publicKeys.verify(currentMaterial(key), task, input.Signature))) {
      throw kmsError('KMSInvalidSignatureException');
    }
    return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: task.algorithm };
  },
});
