import { Type } from 'typebox';
import { currentMaterial } from '../keys/key.js';
import { defineOperation } from '../operation.js';
import {
  GrantTokens,
  KeyIdRef,
  Message,
  MessageType,
  Signature,
  SigningAlgorithm,
} from '../shapes.js';
import { requireCapability } from '../stores/capability.js';
import { checkMessage, requireAlgorithm } from './require-algorithm.js';

export const sign = defineOperation({
  name: 'Sign',
  summary: 'Signs a message or its digest with an asymmetric KMS key.',
  input: Type.Object({
    KeyId: KeyIdRef,
    Message,
    MessageType,
    GrantTokens: Type.Optional(GrantTokens),
    SigningAlgorithm,
    DryRun: Type.Optional(Type.Boolean()),
  }),
  output: Type.Object({ KeyId: KeyIdRef, Signature, SigningAlgorithm }),
  route: { method: 'POST', path: '/keys/{KeyId}/sign' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:Sign',
        idForms: 'any',
        member: 'KeyId',
        usage: 'SIGN_VERIFY',
        state: 'cryptography',
        conditions: (input) => ({
          members: {
            'kms:signingalgorithm': input.SigningAlgorithm,
            'kms:messagetype': input.MessageType,
          },
        }),
      },
    ],
    crossAccount: true,
    grants: true,
  },
  readOnly: true,
  errors: [
    'NotFoundException',
    'DisabledException',
    'KeyUnavailableException',
    'DependencyTimeoutException',
    'InvalidKeyUsageException',
    'InvalidGrantTokenException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'DryRunOperationException',
  ],
  audit: { request: ['KeyId', 'MessageType', 'SigningAlgorithm', 'DryRun'], response: null },
  async run({ input, keys: { key }, deadline }, { keyStores }) {
    const { SigningAlgorithm: algorithm, MessageType: messageType, Message: message } = input;
    requireAlgorithm(key, algorithm);
    checkMessage(key.keySpec, algorithm, messageType, message);
    const store = requireCapability(keyStores.of(key), 'sign', key, algorithm);
    const request = { keySpec: key.keySpec, algorithm, messageType, message };
    return {
      KeyId: key.arn,
      Signature: await store.sign(currentMaterial(key), request, deadline),
      SigningAlgorithm: algorithm,
    };
  },
});
