import { Type } from 'typebox';
import { currentMaterial } from '../keys/key.js';
import { algorithmMembers } from '../keys/metadata.js';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import { algorithmLists, GrantTokens, KeyIdRef, KeySpec, KeyUsage, PublicKey } from '../shapes.js';

export const getPublicKey = defineOperation({
  name: 'GetPublicKey',
  summary: 'Answers the public key of an asymmetric KMS key.',
  input: Type.Object({ KeyId: KeyIdRef, GrantTokens: Type.Optional(GrantTokens) }),
  output: Type.Object({
    KeyId: KeyIdRef,
    PublicKey,
    CustomerMasterKeySpec: KeySpec,
    KeySpec,
    KeyUsage,
    ...algorithmLists,
  }),
  route: { method: 'GET', path: '/keys/{KeyId}/public-key' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:GetPublicKey',
        idForms: 'any',
        member: 'KeyId',
        state: 'cryptography',
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
    'UnsupportedOperationException',
    'InvalidArnException',
    'InvalidGrantTokenException',
    'InvalidKeyUsageException',
    'KMSInternalException',
    'KMSInvalidStateException',
  ],
  audit: { request: ['KeyId'], response: null },
  async run({ keys: { key } }) {
    const { publicKey } = currentMaterial(key);
    if (!publicKey) {
      throw refuse.unsupported(`${key.arn} key spec is ${key.keySpec}, which has no public key.`);
    }
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
