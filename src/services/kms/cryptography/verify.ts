import { Type } from 'typebox';
import { kmsError } from '../errors.js';
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
import { checkMessage, requireAlgorithm } from './require-algorithm.js';

export const verify = defineOperation({
  name: 'Verify',
  summary: 'Verifies a signature that Sign made; a wrong one is an error, never an answer.',
  input: Type.Object({
    KeyId: KeyIdRef,
    Message,
    MessageType,
    Signature,
    SigningAlgorithm,
    GrantTokens: Type.Optional(GrantTokens),
    DryRun: Type.Optional(Type.Boolean()),
  }),
  output: Type.Object({ KeyId: KeyIdRef, SignatureValid: Type.Boolean(), SigningAlgorithm }),
  route: { method: 'POST', path: '/keys/{KeyId}/verify' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:Verify',
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
    'KMSInvalidSignatureException',
    'DryRunOperationException',
  ],
  audit: { request: ['KeyId', 'MessageType', 'SigningAlgorithm', 'DryRun'], response: null },
  async run({ input, keys: { key } }, { publicKeys }) {
    const { SigningAlgorithm: algorithm, MessageType: messageType, Message: message } = input;
    requireAlgorithm(key, algorithm);
    checkMessage(key.keySpec, algorithm, messageType, message);
    const task = { keySpec: key.keySpec, algorithm, messageType, message };
    if (!(await publicKeys.verify(currentMaterial(key), task, input.Signature))) {
      throw kmsError('KMSInvalidSignatureException');
    }
    return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: algorithm };
  },
});
