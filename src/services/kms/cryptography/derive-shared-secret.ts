import { Type } from 'typebox';
import { Blob } from '../../../declare/shape-kinds.js';
import { currentMaterial } from '../keys/key.js';
import { defineOperation } from '../operation.js';
import {
  GrantTokens,
  KeyAgreementAlgorithm,
  KeyIdRef,
  Origin,
  PublicKey,
  RecipientInfo,
} from '../shapes.js';
import { requireCapability } from '../stores/capability.js';
import { refuseRecipient } from './ciphertext-members.js';
import { readPeerKey } from './peer-key.js';
import { requireAlgorithm } from './require-algorithm.js';

export const deriveSharedSecret = defineOperation({
  name: 'DeriveSharedSecret',
  summary: 'Agrees a secret with the owner of another public key, by ECDH.',
  input: Type.Object({
    KeyId: KeyIdRef,
    KeyAgreementAlgorithm,
    PublicKey,
    GrantTokens: Type.Optional(GrantTokens),
    DryRun: Type.Optional(Type.Boolean()),
    Recipient: Type.Optional(RecipientInfo),
  }),
  output: Type.Object({
    KeyId: KeyIdRef,
    SharedSecret: Blob(1, 4096, { sensitive: true }),
    KeyAgreementAlgorithm,
    KeyOrigin: Origin,
  }),
  route: { method: 'POST', path: '/keys/{KeyId}/derive-shared-secret' },
  validate: refuseRecipient,
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:DeriveSharedSecret',
        idForms: 'any',
        member: 'KeyId',
        usage: 'KEY_AGREEMENT',
        state: 'cryptography',
        conditions: (input) => ({
          members: {
            'kms:keyagreementalgorithm': input.KeyAgreementAlgorithm,
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
  audit: { request: ['KeyId', 'KeyAgreementAlgorithm', 'DryRun'], response: null },
  async run({ input, keys: { key }, deadline }, { keyStores }) {
    const { KeyAgreementAlgorithm: algorithm } = input;
    requireAlgorithm(key, algorithm);
    const peer = readPeerKey(key.keySpec, input.PublicKey);
    const store = requireCapability(keyStores.of(key), 'agree', key, algorithm);
    return {
      KeyId: key.arn,
      SharedSecret: await store.agree(currentMaterial(key), key.keySpec, peer, deadline),
      KeyAgreementAlgorithm: algorithm,
      KeyOrigin: key.origin,
    };
  },
});
