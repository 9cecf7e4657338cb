import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { GrantTokens, KeyIdRef, Mac, MacAlgorithm, Message } from '../shapes.js';
import { computeMac } from './mac.js';

export const generateMac = defineOperation({
  name: 'GenerateMac',
  summary: 'Computes an HMAC with an HMAC KMS key.',
  input: Type.Object({
    Message,
    KeyId: KeyIdRef,
    MacAlgorithm,
    GrantTokens: Type.Optional(GrantTokens),
    DryRun: Type.Optional(Type.Boolean()),
  }),
  output: Type.Object({ Mac, MacAlgorithm, KeyId: KeyIdRef }),
  route: { method: 'POST', path: '/keys/{KeyId}/generate-mac' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:GenerateMac',
        idForms: 'any',
        member: 'KeyId',
        usage: 'GENERATE_VERIFY_MAC',
        state: 'cryptography',
        conditions: (input) => ({ members: { 'kms:macalgorithm': input.MacAlgorithm } }),
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
    'InvalidKeyUsageException',
    'InvalidGrantTokenException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'DryRunOperationException',
  ],
  audit: { request: ['KeyId', 'MacAlgorithm', 'DryRun'], response: null },
  async run(call, services) {
    const { input, keys } = call;
    const Mac = await computeMac(call, services);
    return { Mac, MacAlgorithm: input.MacAlgorithm, KeyId: keys.key.arn };
  },
});
