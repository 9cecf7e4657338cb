/** Signatures. Source: AWS KMS API Reference. */

import { Type } from 'typebox';
import type { PublicKeys } from '../../../keystores/software/public-keys.js';
import { kmsError } from '../errors.js';
import { currentMaterial } from '../keys/key.js';
import { onKey } from '../on-key.js';
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
import { checkMessage, requireAlgorithm } from './require-algorithm.js';

export const sign = onKey('Sign', {
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
  state: 'cryptography',
  usage: 'SIGN_VERIFY',
  keyIds: 'any',
  conditions: (input) => ({
    members: {
      'kms:signingalgorithm': input.SigningAlgorithm,
      'kms:messagetype': input.MessageType,
    },
  }),
  crossAccount: true,
  grants: true,
  readOnly: true,
  without: ['InvalidArnException'],
  async run({ input, key, deadline }, { keyStores }: { readonly keyStores: KeyStores }) {
    const { SigningAlgorithm: algorithm, MessageType: messageType, Message: message } = input;
    requireAlgorithm(key, algorithm);
    checkMessage(key.keySpec, algorithm, messageType, message);
    const store = requireAbility(keyStores.of(key), 'sign', key, algorithm);
    const request = { keySpec: key.keySpec, algorithm, messageType, message };
    return {
      KeyId: key.arn,
      Signature: await store.sign(currentMaterial(key), request, deadline),
      SigningAlgorithm: algorithm,
    };
  },
});

export const verify = onKey('Verify', {
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
  state: 'cryptography',
  usage: 'SIGN_VERIFY',
  keyIds: 'any',
  conditions: (input) => ({
    members: {
      'kms:signingalgorithm': input.SigningAlgorithm,
      'kms:messagetype': input.MessageType,
    },
  }),
  crossAccount: true,
  grants: true,
  readOnly: true,
  errors: ['KMSInvalidSignatureException'],
  without: ['InvalidArnException'],
  async run({ input, key }, { publicKeys }: { readonly publicKeys: PublicKeys }) {
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
