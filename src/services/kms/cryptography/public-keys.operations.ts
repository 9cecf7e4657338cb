/** A key pair's public half, and agreement on a secret. Source: AWS KMS API Reference. */

import { Type } from 'typebox';
import { Blob } from '../../../declare/shape-kinds.js';
import { kmsError } from '../errors.js';
import { currentMaterial } from '../keys/key.js';
import { algorithmMembers } from '../keys/metadata.js';
import { onKey } from '../on-key.js';
import {
  GrantTokens,
  KeyAgreementAlgorithm,
  KeyIdRef,
  KeySpec,
  KeyUsage,
  Origin,
  PublicKey,
  publicKeyAlgorithms,
  RecipientInfo,
} from '../shapes.js';
import type { KeyStores } from '../stores/key-stores.js';
import { requireAbility } from '../stores/require-ability.js';
import { refuseRecipient } from './ciphertext-members.js';
import { cryptographicOperation } from './cryptographic-operation.js';
import { readPeerKey } from './peer-key.js';
import { requireAlgorithm } from './require-algorithm.js';

export const getPublicKey = onKey('GetPublicKey', {
  summary: 'Answers the public key of an asymmetric KMS key.',
  route: 'GET /keys/{KeyId}/public-key',
  members: { GrantTokens: Type.Optional(GrantTokens) },
  output: Type.Object({
    KeyId: KeyIdRef,
    PublicKey,
    CustomerMasterKeySpec: KeySpec,
    KeySpec,
    KeyUsage,
    ...publicKeyAlgorithms,
  }),
  state: 'publicKey',
  only: 'asymmetric',
  keyIds: 'any',
  crossAccount: true,
  grants: true,
  readOnly: true,
  errors: [
    'DisabledException',
    'KeyUnavailableException',
    'UnsupportedOperationException',
    'InvalidKeyUsageException',
  ],
  async run({ key }) {
    const { publicKey } = currentMaterial(key);
    if (!publicKey) throw kmsError('UnsupportedOperationException');
    return {
      KeyId: key.arn,
      PublicKey: publicKey,
      CustomerMasterKeySpec: key.keySpec,
      KeySpec: key.keySpec,
      KeyUsage: key.keyUsage,
      ...algorithmMembers(key),
    };
  },
});

export const deriveSharedSecret = cryptographicOperation('DeriveSharedSecret', {
  summary: 'Agrees a secret with the owner of another public key, by ECDH.',
  route: 'POST /keys/{KeyId}/derive-shared-secret',
  members: {
    KeyAgreementAlgorithm,
    PublicKey,
    GrantTokens: Type.Optional(GrantTokens),
    DryRun: Type.Optional(Type.Boolean()),
    Recipient: Type.Optional(RecipientInfo),
  },
  output: Type.Object({
    KeyId: KeyIdRef,
    SharedSecret: Blob(1, 4096, { sensitive: true }),
    KeyAgreementAlgorithm,
    KeyOrigin: Origin,
  }),
  usage: 'KEY_AGREEMENT',
  conditions: (input) => ({
    members: {
      'kms:keyagreementalgorithm': input.KeyAgreementAlgorithm,
    },
  }),
  validate: refuseRecipient,
  async run({ input, key, deadline }, { keyStores }: { readonly keyStores: KeyStores }) {
    const { KeyAgreementAlgorithm: algorithm } = input;
    requireAlgorithm(key, algorithm);
    const peer = readPeerKey(key.keySpec, input.PublicKey);
    const store = requireAbility(keyStores.of(key), 'agree', key, algorithm);
    return {
      KeyId: key.arn,
      SharedSecret: await store.agree(currentMaterial(key), key.keySpec, peer, deadline),
      KeyAgreementAlgorithm: algorithm,
      KeyOrigin: key.origin,
    };
  },
});
